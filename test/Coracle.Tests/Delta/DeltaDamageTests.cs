using Coracle.Delta;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Delta;

/// <summary>Whatever happens to a delta or to its bases: it is refused, with a reason, and never gives another tar.</summary>
public sealed class DeltaDamageTests
{
    private static readonly DeltaCase _made = Small();

    [Fact]
    public void A_delta_that_is_cut_short_anywhere_is_refused()
    {
        for (int length = 0; length < _made.Delta.Length; length++)
        {
            AssertRefused(_made.Delta[..length], $"cut at {length}");
        }
    }

    [Fact]
    public void A_delta_with_one_byte_changed_is_refused()
    {
        for (int at = 0; at < _made.Delta.Length; at++)
        {
            foreach (int change in new[] { 1, 0x80, 0xff })
            {
                byte[] delta = (byte[])_made.Delta.Clone();
                delta[at] ^= (byte)change;
                AssertRefused(delta, $"{change:x} at {at}");
            }
        }
    }

    [Fact]
    public void What_follows_the_end_is_refused()
        => Assert.Throws<DeltaFormatException>(() => Apply([.. _made.Delta, 0]));

    [Fact]
    public void Segments_in_another_order_or_twice_are_refused()
    {
        DeltaCase made = DeltaCase.Everything(4096, entries: 600);
        List<long> starts = [];
        using DeltaDecoder decoder = made.Open(made.Delta);
        while (decoder.Read(new byte[500]) > 0)
        {
            if (starts.Count == 0 || starts[^1] != decoder.Restart.PackedOffset)
            {
                starts.Add(decoder.Restart.PackedOffset);
            }
        }

        byte[] first = made.Delta[(int)starts[0]..(int)starts[1]];
        byte[] second = made.Delta[(int)starts[1]..(int)starts[2]];
        byte[] header = made.Delta[..(int)starts[0]];
        byte[] rest = made.Delta[(int)starts[2]..];
        Assert.Throws<DeltaFormatException>(() => DeltaCase.ReadAll(made.Open([.. header, .. second, .. first, .. rest]), 999));
        Assert.Throws<DeltaFormatException>(() => DeltaCase.ReadAll(made.Open([.. header, .. first, .. first, .. second, .. rest]), 999));
        Assert.Throws<DeltaFormatException>(() => DeltaCase.ReadAll(made.Open([.. header, .. first, .. rest]), 999));
    }

    [Theory]
    [InlineData(8, 2, "version 2")]
    [InlineData(10, 9, "codec 9")]
    [InlineData(11, 23, "a dictionary of 2^23 bytes")]
    [InlineData(11, 24, "a dictionary of 2^24 bytes")]
    public void What_a_newer_engine_made_is_named(int at, byte value, string name)
    {
        byte[] delta = (byte[])_made.Delta.Clone();
        delta[at] = value;
        DeltaVersionException error = Assert.Throws<DeltaVersionException>(() => Apply(delta));
        Assert.Equal("unsupported delta: " + name, error.Message);
    }

    [Fact]
    public void A_base_that_is_not_here_is_named()
    {
        DeltaBaseException error = Assert.Throws<DeltaBaseException>(() => DeltaCase.ReadAll(new DeltaDecoder(new MemoryStream(_made.Delta), _ => null), 999));
        Assert.Equal((_made.Bases[0].DiffId, null), (error.Layer, error.Entry));
        Assert.Equal($"base layer {_made.Bases[0].DiffId}: it is not here", error.Message);
    }

    [Fact]
    public void A_base_that_has_less_entries_than_it_had_is_named()
    {
        DeltaBaseException error = Assert.Throws<DeltaBaseException>(() => Apply(_made.Delta, FileEntry("a", [1])));
        Assert.NotNull(error.Entry);
    }

    [Fact]
    public void A_damaged_body_of_a_base_is_named_with_its_entry()
    {
        byte[] damaged = Old();
        damaged[512 + 1024 + 512 + 100]++; // in the second file's body
        DeltaBaseException error = Assert.Throws<DeltaBaseException>(() => Apply(_made.Delta, damaged, keepHashes: true));
        Assert.Equal(1, error.Entry);
        Assert.EndsWith("its body is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_of_a_base_that_has_become_shorter_is_refused()
    {
        byte[] shorter = [.. FileEntry("first", Body(1)), .. FileEntry("second", Body(2)[..300]), .. FileEntry("third", Body(3)), .. End];
        Assert.ThrowsAny<IOException>(() => Apply(_made.Delta, shorter));
    }

    private static byte[] Body(int seed)
    {
        byte[] body = new byte[1000];
        new Random(seed).NextBytes(body);
        return body;
    }

    private static byte[] Old() => [.. FileEntry("first", Body(1)), .. FileEntry("second", Body(2)), .. FileEntry("third", Body(3)), .. End];

    private static DeltaCase Small()
    {
        byte[] changed = Body(3);
        changed[10] = changed[500] = 0;
        byte[] target = [.. FileEntry("first", Body(1)), .. FileEntry("second", Body(2)), .. FileEntry("third", changed), .. FileEntry("fourth", [1, 2, 3]), .. End];
        return new DeltaCase([Old()], target);
    }

    private static void AssertRefused(byte[] delta, string change)
    {
        try
        {
            byte[] tar = Apply(delta);
            Assert.Fail($"{change}: taken, {(tar.AsSpan().SequenceEqual(_made.Target) ? "with the right tar" : "with a wrong tar")}");
        }
        catch (IOException e) when (e is DeltaFormatException or DeltaVersionException or DeltaBaseException)
        {
            // As it should be.
        }
    }

    private static byte[] Apply(byte[] delta) => DeltaCase.ReadAll(_made.Open(delta), 999);

    /// <summary>With another tar under the base's name.</summary>
    private static byte[] Apply(byte[] delta, byte[] tar, bool keepHashes = false)
        => DeltaCase.ReadAll(new DeltaDecoder(new MemoryStream(delta), _ => new Pretender(new TarLayer(tar), _made.Bases[0], keepHashes)), 999);

    private sealed class Pretender(TarLayer layer, TarLayer right, bool keepHashes) : ILayerSource
    {
        public Coracle.Oci.DiffId DiffId => right.DiffId;

        public long TarLength => layer.TarLength;

        public long EntryCount => layer.EntryCount;

        public LayerEntry this[long index] => keepHashes ? new(layer[index].Headers, layer[index].BodyLength, right[index].Hash) : layer[index];

        public int ReadBody(long index, long offset, Span<byte> body) => layer.ReadBody(index, offset, body);

        public int ReadTrailer(long offset, Span<byte> trailer) => layer.ReadTrailer(offset, trailer);

        public void Dispose() => layer.Dispose();
    }
}
