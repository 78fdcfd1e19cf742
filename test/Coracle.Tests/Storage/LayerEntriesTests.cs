using System.IO.Hashing;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Coracle.Tests.Tar;
using CsCheck;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Storage;

/// <summary>A layer as entries in any order, and as a tar at any place: always the same as its tar read front to back.</summary>
public sealed class LayerEntriesTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void In_any_order_entries_are_those_that_a_tar_reader_finds()
    {
        int made = 0;
        Gen.Int.Sample(
            seed =>
            {
                byte[] tar = RandomLayers.MakeTar(new Random(seed));
                if (TryAdd(tar) is { } layer)
                {
                    CheckEntries(layer, tar, new Random(seed));
                    made++;
                }
            },
            iter: 120,
            threads: 1);
        Assert.InRange(made, 20, int.MaxValue);
    }

    [Fact]
    public void At_any_place_the_seekable_tar_has_the_bytes_of_the_tar()
    {
        int made = 0;
        Gen.Int.Sample(
            seed =>
            {
                byte[] tar = RandomLayers.MakeTar(new Random(seed));
                if (TryAdd(tar) is { } layer)
                {
                    CheckSeekable(layer, tar, new Random(seed));
                    made++;
                }
            },
            iter: 120,
            threads: 1);
        Assert.InRange(made, 20, int.MaxValue);
    }

    /// <summary>More entries than lie between two marks, in frames of the record that end inside headers and bodies.</summary>
    [Fact]
    public void A_layer_of_many_marks_and_frames_reads_alike_in_every_direction()
    {
        var random = new Random(7);
        var writer = new TestTar();
        for (int i = 0; i < 1000; i++)
        {
            byte[] body = new byte[random.Next(3) == 0 ? 0 : random.Next(3000)];
            random.NextBytes(body);
            _ = random.Next(5) switch
            {
                0 => writer.Directory($"d{i}"),
                1 => writer.File($".wh..wh.{i}", new byte[random.Next(2000)]),
                2 => writer.File($"{new string('n', 150)}{i}", body),
                3 => writer.File($"f{i % 20}", body), // replaced again and again
                _ => writer.File($"f-{i}", body),
            };
        }

        byte[] tar = writer.ToArray();
        DiffId layer = _store.Add(tar);

        CheckEntries(layer, tar, random);
        CheckSeekable(layer, tar, random);
    }

    public static TheoryData<string> Formats => SparseTests.Formats;

    [Theory, MemberData(nameof(Formats))]
    public void A_sparse_file_is_read_as_the_tar_has_it(string format)
    {
        string source = Directory.CreateDirectory(_store.Path + "/source").FullName;
        SparseTests.Islands($"{source}/islands", 40, tail: 300_000);
        SparseTests.Islands($"{source}/hole", 0, tail: 8_000_000);
        File.WriteAllText($"{source}/plain", "plain");
        string tarFile = _store.Path + "/layer.tar";
        SparseTests.Run("tar", [.. format.Split(' '), "--sparse", "-C", source, "-cf", tarFile, "."]);
        byte[] tar = File.ReadAllBytes(tarFile);
        DiffId layer = _store.Add(tar);

        CheckEntries(layer, tar, new Random(3));
        CheckSeekable(layer, tar, new Random(4));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("nothing")]
    [InlineData("no padding")]
    [InlineData("strange padding")]
    [InlineData("global header at the end")]
    public void The_ends_of_a_tar_are_where_they_are(string shape)
    {
        byte[] body = [1, 2, 3];
        byte[] tar = shape switch
        {
            "empty" => End,
            "nothing" => [],
            "no padding" => [.. Block("f", '0', 3), .. body],
            "strange padding" => [.. Block("f", '0', 3), .. Fill(body, 9), .. Block("g", '0', 3), .. Fill(body, 8), .. End, 7],
            _ => [.. FileEntry("f", body), .. Extended('g', Record("comment", "x")), .. End],
        };
        DiffId layer = _store.Add(tar);

        CheckEntries(layer, tar, new Random(5));
        CheckSeekable(layer, tar, new Random(6));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("shorter")]
    [InlineData("directory")]
    public void Damage_to_a_file_is_named_with_the_layer_and_the_rest_can_be_read(string damage)
    {
        DiffId layer = _store.Add(new TestTar().File("good", "good").File("d/bad", "0123456789").ToArray());
        string bad = _store.Diff(layer) + "/d/bad";
        File.Delete(bad);
        if (damage == "shorter")
        {
            File.WriteAllText(bad, "0123");
        }
        else if (damage == "directory")
        {
            Directory.CreateDirectory(bad);
        }

        using LayerEntries entries = _store.Store.Layers.OpenEntries(layer);
        byte[] body = new byte[10];
        LayerDamagedException e = Assert.Throws<LayerDamagedException>(() => entries.ReadBody(1, 4, body));
        Assert.Contains("\"d/bad\"", e.Message, StringComparison.Ordinal);
        Assert.Contains(layer.ToString(), e.Message, StringComparison.Ordinal);
        Assert.Equal(4, entries.ReadBody(0, 0, body));
        Assert.Equal(10, entries[1].BodyLength);
    }

    [Fact]
    public void Damage_to_the_record_is_never_taken_for_the_layer()
    {
        byte[] tar = new TestTar().Directory("d").File("d/f", "some content").File("g", "more").ToArray();
        DiffId layer = _store.Add(tar);
        string record = _store.Diff(layer) + "/../record";
        byte[] good = File.ReadAllBytes(record);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] damaged = [.. good];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(record, damaged);
            try
            {
                using Stream stream = _store.Store.Layers.OpenSeekableTar(layer);
                byte[] read = new byte[tar.Length];
                Assert.Equal(tar.Length, stream.Read(read));
                // The headers' bytes are nobody's but the diffID's; what can be seen to be wrong is.
                Assert.Equal(tar.Length, stream.Length);
            }
            catch (LayerDamagedException)
            {
            }
        }
    }

    [Fact]
    public void An_open_layer_is_kept_from_the_collector()
    {
        DiffId layer = _store.Add(new TestTar().File("f", "x").ToArray());
        using (_store.Store.Layers.OpenSeekableTar(layer))
        {
            Assert.Empty(_store.Store.Layers.CollectUnreferenced(new HashSet<DiffId>()));
        }

        Assert.Equal([layer], _store.Store.Layers.CollectUnreferenced(new HashSet<DiffId>()));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => _store.Store.Layers.OpenEntries(layer)).Errno);
    }

    private DiffId? TryAdd(byte[] tar)
    {
        try
        {
            return _store.Add(tar);
        }
        catch (Exception e) when (e is LinuxException or InvalidTarException)
        {
            return null;
        }
    }

    private void CheckEntries(DiffId layer, byte[] tar, Random random)
    {
        List<Expected> expected = ReadForward(tar, out byte[] trailer);
        using LayerEntries entries = _store.Store.Layers.OpenEntries(layer);
        Assert.Equal((layer, tar.Length, expected.Count), (entries.DiffId, entries.TarLength, entries.EntryCount));
        Assert.Throws<ArgumentOutOfRangeException>(() => entries[expected.Count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => entries[-1]);

        int[] forward = [.. Enumerable.Range(0, expected.Count)];
        int[] shuffled = [.. forward];
        random.Shuffle(shuffled);
        foreach (int index in (int[])[.. forward, .. forward.Reverse(), .. shuffled])
        {
            StoredEntry entry = entries[index];
            Assert.True(expected[index].Headers.AsSpan().SequenceEqual(entry.Headers.Span), $"headers of {index}");
            Assert.Equal(expected[index].Body.Length, entry.BodyLength);
            Assert.True(entry.Hash is null || entry.Hash == XxHash128.HashToUInt128(expected[index].Body), $"hash of {index}");
            CheckBody(entries, random.Next(4) == 0 ? random.Next(expected.Count) : index, expected, random);
        }

        Assert.Equal(trailer, ReadAll(entries.ReadTrailer));
        Assert.Equal(trailer.Length, entries.TrailerLength);
    }

    private static void CheckBody(LayerEntries entries, int index, List<Expected> expected, Random random)
    {
        byte[] body = expected[index].Body;
        if (random.Next(3) == 0)
        {
            Assert.True(body.AsSpan().SequenceEqual(ReadAll((offset, piece) => entries.ReadBody(index, offset, piece))), $"body of {index}");
        }

        long start = random.Next(body.Length + 2);
        byte[] some = new byte[random.Next(1, 700)];
        int read = entries.ReadBody(index, start, some);
        Assert.True(read > 0 || start >= body.Length);
        Assert.True(body.AsSpan((int)Math.Min(start, body.Length), read).SequenceEqual(some.AsSpan(0, read)), $"part of body of {index}");
    }

    private void CheckSeekable(DiffId layer, byte[] tar, Random random)
    {
        using Stream stream = _store.Store.Layers.OpenSeekableTar(layer);
        Assert.True(stream.CanSeek);
        Assert.Equal(tar.Length, stream.Length);
        byte[] all = new byte[tar.Length + 1];
        Assert.Equal(tar.Length, stream.Read(all));
        Assert.True(tar.AsSpan().SequenceEqual(all.AsSpan(0, tar.Length)));

        long[] places = [.. Enumerable.Range(0, 200).Select(_ => random.NextInt64(tar.Length + 3))];
        foreach (long place in (long[])[.. places, .. places.Order(), .. places.OrderDescending()])
        {
            byte[] some = new byte[random.Next(1, 2000)];
            stream.Position = place;
            int expected = (int)Math.Clamp(tar.Length - place, 0, some.Length);
            Assert.Equal(expected, stream.Read(some));
            Assert.True(tar.AsSpan((int)Math.Min(place, tar.Length), expected).SequenceEqual(some.AsSpan(0, expected)), $"at {place}");
            Assert.Equal(place + expected, stream.Position);
        }
    }

    private static byte[] ReadAll(ReadAt read)
    {
        using var all = new MemoryStream();
        byte[] piece = new byte[1000];
        for (int count; (count = read(all.Length, piece)) > 0;)
        {
            all.Write(piece, 0, count);
        }

        return all.ToArray();
    }

    private static List<Expected> ReadForward(byte[] tar, out byte[] trailer)
    {
        List<Expected> entries = [];
        using var reader = new TarReader(new MemoryStream(tar));
        long end = 0;
        while (reader.MoveNext())
        {
            byte[] headers = tar[(int)reader.HeaderOffset..(int)reader.BodyOffset];
            using var body = new MemoryStream();
            for (ReadOnlySpan<byte> piece = reader.ReadBody(); !piece.IsEmpty; piece = reader.ReadBody())
            {
                body.Write(piece);
            }

            entries.Add(new Expected(headers, body.ToArray()));
            end = Math.Min(tar.Length, (reader.BodyOffset + reader.Entry.Size + 511) / 512 * 512);
        }

        trailer = tar[(int)end..];
        return entries;
    }

    private delegate int ReadAt(long offset, Span<byte> bytes);

    private sealed record Expected(byte[] Headers, byte[] Body);
}
