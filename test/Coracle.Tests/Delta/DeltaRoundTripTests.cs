using Coracle.Delta;
using Coracle.Tar;
using CsCheck;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Delta;

/// <summary>What a delta is for: with the old layers it gives the very tar of the new one.</summary>
public sealed class DeltaRoundTripTests
{
    private int _made;

    [Fact]
    public void Any_tree_comes_back_from_any_older_form_of_it()
    {
        Gen.Int.Sample(CheckSeed, iter: 150, threads: 1);
        Assert.InRange(_made, 60, int.MaxValue); // else the generator makes nothing but nonsense, and the test proves nothing
    }

    [Fact]
    public void A_layer_that_is_here_already_costs_almost_nothing()
    {
        byte[] tar = new RandomTree(new Random(3)).Make(200);
        DeltaCase made = new([tar], tar);
        Assert.Equal(tar, made.Apply());
        Assert.InRange(made.Delta.Length, 1, 500);
    }

    [Fact]
    public void Without_any_base_a_delta_is_the_layer_compressed()
    {
        byte[] tar = new RandomTree(new Random(3)).Make(20);
        DeltaCase made = new([], tar);
        Assert.Equal(tar, made.Apply());
        Assert.Equal(0, made.Open(made.Delta).Header.Bases.Length);
    }

    [Fact]
    public void An_empty_tar_and_one_that_is_an_end_mark_only_come_back()
    {
        Assert.Empty(new DeltaCase([[]], []).Apply());
        Assert.Equal(End, new DeltaCase([End], End).Apply());
    }

    [Fact]
    public void Bases_of_which_nothing_is_used_are_not_named()
    {
        byte[] tar = new RandomTree(new Random(3)).Make(30);
        DeltaCase made = new([FileEntry("other", [1, 2, 3]), tar], tar);
        DeltaBase only = Assert.Single(made.Open(made.Delta).Header.Bases.ToArray());
        Assert.Equal(made.Bases[1].DiffId, only.DiffId);
        Assert.Equal(tar, made.Apply());
    }

    [Fact]
    public void A_device_can_tell_from_the_header_which_entries_are_read()
    {
        DeltaCase made = DeltaCase.Everything();
        foreach (TarLayer layer in made.Bases)
        {
            layer.Looked.Clear();
        }

        Assert.Equal(made.Target, made.Apply());
        foreach (TarLayer layer in made.Bases)
        {
            DeltaBase? named = made.Open(made.Delta).Header.Bases.ToArray().FirstOrDefault(b => b.DiffId == layer.DiffId);
            Assert.All(layer.Looked, entry => Assert.True(named is not null && named.Holds(entry)));
        }
    }

    [Fact]
    public void Layers_without_hashes_give_the_same_delta()
    {
        var tree = new RandomTree(new Random(5));
        byte[] old = tree.Make(40);
        byte[] target = tree.Change();
        using MemoryStream output = new();
        DeltaBuilder.Create([new TarLayer(old) { HasNoHashes = true }], new TarLayer(target) { HasNoHashes = true }, new DeltaOptions { Threads = 1 }, output, CancellationToken.None);
        Assert.Equal(new DeltaCase([old], target).Delta, output.ToArray());
    }

    [Fact]
    public void Threads_make_no_difference()
    {
        byte[] one = DeltaCase.Everything(4096).Delta;
        var tree = new RandomTree(new Random(42));
        byte[] old = tree.Make(60);
        DeltaCase other = new([new RandomTree(new Random(1)).Make(10), old], tree.Change(), new DeltaOptions { SegmentBytes = 4096, Threads = 5 });
        Assert.Equal(one, other.Delta);
    }

    [Fact]
    public void Pools_that_are_larger_than_memory_are_split()
    {
        var random = new Random(8);
        byte[] body = new byte[1_600_000];
        random.NextBytes(body);
        byte[] changed = (byte[])body.Clone();
        for (int i = 1000; i < changed.Length; i += 100_000)
        {
            changed[i]++;
        }

        byte[] old = [.. FileEntry("a", body), .. FileEntry("b", changed[..1_200_000]), .. End];
        byte[] target = [.. FileEntry("a", changed), .. FileEntry("b", body[..1_200_001]), .. End];
        DeltaCase made = new([old], target, new DeltaOptions { MemoryBytes = 1, Threads = 1 });
        Assert.Equal(target, made.Apply());
        Assert.InRange(made.Delta.Length, 1, 20_000);
    }

    [Fact]
    public void Whole_bodies_are_told_so_that_their_files_can_be_shared()
    {
        byte[] shared = new byte[5000];
        shared.AsSpan().Fill(7);
        byte[] old = [.. FileEntry("x", [1]), .. FileEntry("a", shared), .. End];
        byte[] target = [.. FileEntry("new", [9, 9]), .. FileEntry("moved", shared), .. End];
        DeltaCase made = new([old], target);
        using DeltaDecoder decoder = made.Open(made.Delta);
        byte[] tar = new byte[1536];
        Assert.Equal(tar.Length, decoder.Read(tar));
        Assert.True(decoder.TryGetWholeBody(1536, out Coracle.Oci.DiffId? layer, out long entry));
        Assert.Equal((made.Bases[0].DiffId, 1), (layer, entry));
        Assert.False(decoder.TryGetWholeBody(512, out _, out _));
    }

    [Fact]
    public void Each_path_is_told_with_what_became_of_it()
    {
        byte[] big = new byte[3000];
        new Random(1).NextBytes(big);
        byte[] old = [.. FileEntry("same", [1, 2]), .. FileEntry("changed", big), .. FileEntry("gone", [5]), .. End];
        byte[] edited = (byte[])big.Clone();
        edited[1500]++;
        byte[] target = [.. FileEntry("same", [1, 2]), .. FileEntry("changed", edited), .. FileEntry("added", [9, 9, 9, 9]), .. End];
        List<string> told = [];
        DeltaCase made = new([old], target, new DeltaOptions { OnPath = path => told.Add($"{System.Text.Encoding.UTF8.GetString(path.Name.Span)} {path.Kind} {path.Bytes}") });
        Assert.Equal(["same Copied 2", "changed Patched 3000", "added New 4", "gone Removed 1"], told);
        Assert.Equal((1, 1, 1), (made.Summary.CopiedEntries, made.Summary.PatchedEntries, made.Summary.NewEntries));
        Assert.Equal(made.Delta.Length, made.Summary.PackedBytes);
    }

    [Fact]
    public void Memory_stays_the_same_whatever_the_layer()
    {
        var random = new Random(9);
        byte[] body = new byte[1_500_000];
        random.NextBytes(body);
        byte[] target = [.. FileEntry("a", body), .. End];
        DeltaCase made = new([End], target);
        Assert.Equal(2, made.Summary.Segments);
        using DeltaDecoder decoder = made.Open(made.Delta);
        byte[] tar = new byte[64 * 1024];
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (decoder.Read(tar) > 0)
        {
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6 << 20);
    }

    private void CheckSeed(int seed)
    {
        var random = new Random(seed);
        var tree = new RandomTree(random);
        byte[] old = tree.Make(random.Next(1, 30));
        byte[] other = new RandomTree(random).Make(random.Next(0, 5));
        byte[] target = tree.Change();
        DeltaCase made;
        try
        {
            made = new DeltaCase([other, old], target, new DeltaOptions { Threads = 1, SegmentBytes = random.Next(2) == 0 ? 4096 : 1 << 20, DictionaryLog = random.Next(12, 21) });
        }
        catch (InvalidTarException)
        {
            return;
        }

        Assert.True(target.AsSpan().SequenceEqual(made.Apply()), $"seed {seed}");
        _made++;
    }
}
