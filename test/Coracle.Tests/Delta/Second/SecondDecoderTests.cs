using Coracle.Delta;
using Coracle.Fuzz;
using Coracle.Tests.House;
using CsCheck;

namespace Coracle.Tests.Delta.Second;

/// <summary>What docs/formats/delta.md says is what deltas are: two decoders that know nothing of each other read the same.</summary>
public sealed class SecondDecoderTests
{
    private int _made;

    [Fact]
    public void A_delta_of_version_1_says_what_the_page_says()
        => Assert.Equal(Read("new.tar"), SecondDecoder.Decode(Read("delta"), new LayerBases(new TarLayer(Read("old.tar")))));

    [Fact]
    public void Deltas_of_the_corpus_give_both_the_same()
    {
        var bases = new LayerBases(new FuzzLayer());
        foreach (string path in Directory.GetFiles(Path.Combine(Repository.Root, "test/Coracle.Fuzz/Corpus/delta"), "seed-*"))
        {
            byte[] delta = File.ReadAllBytes(path);
            byte[] first = DeltaCase.ReadAll(new DeltaDecoder(new MemoryStream(delta), _ => new FuzzLayer()), 4096);
            Assert.Equal(first, SecondDecoder.Decode(delta, bases));
        }
    }

    [Fact]
    public void Any_tree_comes_back_by_both_decoders()
    {
        Gen.Int.Sample(seed => Check(SeededCase.Of(seed)), iter: 60, threads: 1);
        Assert.InRange(_made, 30, int.MaxValue); // else the generators make nothing but nonsense, and the test proves nothing
    }

    [Fact]
    public void Many_segments_and_two_bases_come_back()
    {
        DeltaCase made = DeltaCase.Everything(4096, entries: 300);
        Assert.InRange(made.Summary.Segments, 5, int.MaxValue);
        Assert.Equal(made.Target, SecondDecoder.Decode(made.Delta, new LayerBases(made.Bases)));
    }

    [Fact]
    public void A_large_body_in_many_steps_comes_back()
    {
        var random = new Random(7);
        byte[] old = new byte[3_000_000];
        random.NextBytes(old);
        List<byte> body = [.. old[1_000_000..], .. old[..900_000]];
        for (int at = 0; at < body.Count; at += random.Next(1, 20_000))
        {
            body[at] += (byte)random.Next(3);
        }

        byte[] bases = [.. Tar.RawTar.FileEntry("a", old), .. Tar.RawTar.End];
        DeltaCase made = new([bases], [.. Tar.RawTar.FileEntry("b", [.. body]), .. Tar.RawTar.End], new DeltaOptions { SegmentBytes = 100_000, Threads = 1 });
        Assert.Equal(made.Target, SecondDecoder.Decode(made.Delta, new LayerBases(made.Bases)));
    }

    [Fact]
    public void Whatever_becomes_of_a_delta_neither_takes_it()
    {
        DeltaCase made = SeededCase.Of(5)!;
        var layers = new LayerBases(made.Bases);
        for (int at = 0; at < made.Delta.Length; at += 5)
        {
            byte[] delta = (byte[])made.Delta.Clone();
            delta[at] ^= (byte)(1 << (at % 8));
            Assert.Throws<RefusedException>(() => SecondDecoder.Decode(delta, layers));
            Assert.ThrowsAny<IOException>(() => DeltaCase.ReadAll(made.Open(delta), 3000));
            Assert.Throws<RefusedException>(() => SecondDecoder.Decode(delta.AsMemory(0, at), layers));
        }
    }

    private static byte[] Read(string name)
        => Convert.FromHexString(File.ReadAllText(Path.Combine(Repository.Root, "test/Coracle.Tests/Delta/Version1", name + ".hex")).Replace("\n", "", StringComparison.Ordinal));

    private void Check(DeltaCase? made)
    {
        if (made == null)
        {
            return;
        }

        Assert.Equal(made.Target, made.Apply());
        Assert.Equal(made.Target, SecondDecoder.Decode(made.Delta, new LayerBases(made.Bases)));
        _made++;
    }
}
