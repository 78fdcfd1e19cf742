using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Coracle.Tests.Tar;
using CsCheck;

namespace Coracle.Tests.Storage;

/// <summary>Layers whose making goes on where it was cut: the same layer comes out, and what was done is not done again.</summary>
public sealed class ResumableApplyTests : IDisposable
{
    private const int Segment = 300_000;
    private const int SecondSegment = 40 * 1024 * 1024;

    private static readonly Digest _key = Digest.Of("a delta"u8);

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_lost_connection_anywhere_is_gone_on_from()
    {
        byte[] tar = MakeTar(new Random(1), entries: 60);
        int resumed = 0;
        Gen.Int[1, tar.Length - 1].Sample(
            cut =>
            {
                var first = new CutTar(tar, Segment) { CutAt = cut };
                Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, first));
                var second = new CutTar(tar, Segment);
                using StagedLayer layer = Apply(_store.Store, second, Digest.Of(tar));
                resumed += second.BegunAt > 0 ? 1 : 0;
                Assert.InRange(second.BegunAt, 0, cut);
                CheckCommitted(layer, tar);
            },
            iter: 12,
            threads: 1);
        Assert.InRange(resumed, 4, int.MaxValue);
    }

    /// <summary>The data root as it is in the middle, copied: what the next start finds after kill -9, at whichever moment.</summary>
    [Fact]
    public void After_a_kill_at_any_moment_little_is_made_again()
    {
        byte[] tar = MakeTar(new Random(2), entries: 40);
        List<(string Copy, long Seen)> copies = [];
        using (Apply(_store.Store, new CutTar(tar, Segment), seen: seen =>
        {
            if (seen / 1_000_000 > copies.Count)
            {
                copies.Add((Copy($"at-{seen}"), seen));
            }
        }))
        {
            copies.Add((Copy("whole"), tar.Length)); // not committed yet
        }

        Assert.InRange(copies.Count, 4, int.MaxValue);
        foreach ((string copy, long seen) in copies)
        {
            using Store next = TemporaryStore.Open(copy);
            var rest = new CutTar(tar, Segment);
            using StagedLayer layer = Apply(next, rest, Digest.Of(tar));
            // A segment, the spacing, what the tar reader has read ahead, and what the copy was late.
            Assert.InRange(rest.BegunAt, seen - (4 * Segment), seen);
            next.Layers.Commit([layer]);
            Assert.True(next.Layers.Verify(layer.DiffId, deep: true).IsIntact);
            Assert.Empty(Directory.EnumerateFileSystemEntries(copy + "/staging"));
            next.Layers.Settle([layer.DiffId]);
            Assert.Equal(["diff", "record"], Names($"{copy}/layers/{layer.DiffId.ToHex()}").Order());
        }
    }

    /// <summary>What the first run left is read once more, which takes a while: a kill just then, at whichever moment, loses nothing of it.</summary>
    [Fact]
    public void A_kill_while_the_beginning_is_read_again_costs_nothing()
    {
        byte[] tar = MakeTar(new Random(13), entries: 60);
        Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, Segment) { CutAt = tar.Length - 100_000 }));
        List<string> copies = [];
        var second = new CutTar(tar, Segment);
        using (Apply(_store.Store, second, seen: seen =>
        {
            if (seen / 700_000 > copies.Count && seen < second.BegunAt)
            {
                copies.Add(Copy($"at-{seen}"));
            }
        }))
        {
            Assert.InRange(copies.Count, 3, int.MaxValue);
        }

        foreach (string copy in copies)
        {
            using Store next = TemporaryStore.Open(copy);
            var rest = new CutTar(tar, Segment);
            using StagedLayer layer = Apply(next, rest, Digest.Of(tar));
            Assert.Equal(second.BegunAt, rest.BegunAt);
            next.Layers.Commit([layer]);
            Assert.True(next.Layers.Verify(layer.DiffId, deep: true).IsIntact);
            Assert.Empty(Directory.EnumerateFileSystemEntries(copy + "/staging"));
        }
    }

    /// <summary>Between a layer's commit and its image's record a device may fsync for a second.</summary>
    [Fact]
    public void A_kill_before_the_image_is_recorded_costs_no_more_than_one_before_the_commit()
    {
        byte[] tar = MakeTar(new Random(15), entries: 40);
        StagedLayer layer = Apply(_store.Store, new CutTar(tar, Segment), Digest.Of(tar));
        _store.Store.Layers.Commit([layer]);
        layer.Dispose();
        _store.Reopen(_store.Root);

        _store.Store.Layers.Recover(new HashSet<DiffId>());

        Assert.Empty(_store.Store.Layers.List());
        Assert.Equal([_key.ToHex()], _store.Staged().Select(Path.GetFileName));
        var rest = new CutTar(tar, Segment);
        using StagedLayer again = Apply(_store.Store, rest, Digest.Of(tar));
        Assert.InRange(rest.BegunAt, tar.Length - (2 * Segment), tar.Length);
        CheckCommitted(again, tar);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_start_settles_what_is_referenced_and_removes_what_was_settled(bool isReferenced)
    {
        byte[] tar = MakeTar(new Random(16), entries: 20);
        StagedLayer layer = Apply(_store.Store, new CutTar(tar, Segment), Digest.Of(tar));
        _store.Store.Layers.Commit([layer]);
        layer.Dispose();
        string[] place = [.. Names($"{_store.Root}/layers/{layer.DiffId.ToHex()}").Order()];
        Assert.Equal(["checkpoint.0", "checkpoint.1", "diff", "record", "rows"], place);
        if (!isReferenced)
        {
            _store.Store.Layers.Settle([layer.DiffId]);
        }

        _store.Reopen(_store.Root);
        _store.Store.Layers.Recover(isReferenced ? new HashSet<DiffId> { layer.DiffId } : []);

        Assert.Empty(_store.Staged());
        Assert.Equal(isReferenced ? [layer.DiffId] : [], _store.Store.Layers.List());
        if (isReferenced)
        {
            Assert.Equal(["diff", "record"], Names($"{_store.Root}/layers/{layer.DiffId.ToHex()}").Order());
        }
    }

    [Fact]
    public void Whoever_gives_up_while_the_beginning_is_read_again_leaves_it()
    {
        byte[] tar = MakeTar(new Random(14), entries: 40);
        Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, Segment) { CutAt = 3_000_000 }));
        var second = new CutTar(tar, Segment);
        Assert.Throws<OperationCanceledException>(() => Apply(
            _store.Store, second, seen: seen => throw new OperationCanceledException()));

        var third = new CutTar(tar, Segment);
        using StagedLayer layer = Apply(_store.Store, third, Digest.Of(tar));

        Assert.InRange(second.BegunAt, 1, 3_000_000);
        Assert.Equal(second.BegunAt, third.BegunAt);
        CheckCommitted(layer, tar);
    }

    /// <summary>One file as large as the layer: it is gone on from in its middle.</summary>
    [Fact]
    public void A_cut_in_a_large_file_is_no_reason_to_begin_it_anew()
    {
        byte[] tar = new TestTar().Directory("d").File("d/large", Noise(3, 8_000_000)).File("e", "after").ToArray();
        Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, Segment) { CutAt = 6_000_000 }));

        var rest = new CutTar(tar, Segment);
        using StagedLayer layer = Apply(_store.Store, rest, Digest.Of(tar));

        Assert.InRange(rest.BegunAt, 5_000_000, 6_000_000);
        CheckCommitted(layer, tar);
    }

    /// <summary>A segment is a megabyte that was paid for: what it gave is noted before the next one is waited for, whether it ended in a file or behind one.</summary>
    [Theory]
    [InlineData(8_000_000)]
    [InlineData((600 * 512) - 512 - 100)]
    public void What_came_before_a_cut_between_two_segments_is_all_gone_on_from(int fileLength)
    {
        const int Whole = 600 * 512;
        var files = new TestTar();
        for (int i = 0; i < Math.Max(1, 3_000_000 / fileLength); i++)
        {
            files.File($"f{i}", Noise(i, fileLength));
        }

        byte[] tar = files.ToArray();
        Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, Whole) { CutAt = 5 * Whole }));

        var rest = new CutTar(tar, Whole);
        using StagedLayer layer = Apply(_store.Store, rest, Digest.Of(tar));

        Assert.Equal(5L * Whole, Assert.Single(rest.Begun));
        CheckCommitted(layer, tar);
    }

    [Fact]
    public void It_can_be_cut_again_and_again()
    {
        byte[] tar = MakeTar(new Random(4), entries: 60);
        long begun = -1;
        for (int cut = 1_000_000; cut < tar.Length; cut += 1_000_000)
        {
            var part = new CutTar(tar, Segment) { CutAt = cut };
            Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, part));
            Assert.InRange(part.BegunAt, begun, cut);
            begun = part.BegunAt;
        }

        var last = new CutTar(tar, Segment);
        using StagedLayer layer = Apply(_store.Store, last, Digest.Of(tar));
        Assert.InRange(last.BegunAt, tar.Length / 2, tar.Length);
        CheckCommitted(layer, tar);
    }

    /// <summary>After a power cut only what was durable counts, whatever else lies there.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_boot_goes_back_to_the_last_durable_checkpoint(bool alsoDamaged)
    {
        byte[] first = Noise(5, SecondSegment);
        byte[] tar = new TestTar().File("a", first).File("b", Noise(6, 3_000_000)).ToArray();
        Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, Segment) { CutAt = tar.Length - 100_000 }));
        string staged = Assert.Single(_store.Staged());
        Assert.True(File.Exists(staged + "/" + Checkpoint.DurableName));
        foreach (string name in (string[])[.. Checkpoint.Names, Checkpoint.DurableName])
        {
            ChangeBoot($"{staged}/{name}");
        }

        File.WriteAllBytes(staged + "/diff/b", []); // its bytes were in the page cache alone
        if (alsoDamaged)
        {
            using FileStream a = File.OpenWrite(staged + "/diff/a");
            a.Position = 1_000_000;
            a.WriteByte((byte)(first[1_000_000] ^ 1));
        }

        var rest = new CutTar(tar, Segment);
        using StagedLayer layer = Apply(_store.Store, rest, Digest.Of(tar));

        Assert.InRange(rest.Begun[0], 30_000_000, 37_000_000);
        Assert.Equal(alsoDamaged ? 2 : 1, rest.Begun.Count);
        Assert.True(!alsoDamaged || rest.BegunAt == 0);
        CheckCommitted(layer, tar);
    }

    [Theory]
    [InlineData("file changed")]
    [InlineData("file shorter")]
    [InlineData("file missing")]
    [InlineData("record changed")]
    [InlineData("record shorter")]
    [InlineData("rows missing")]
    [InlineData("diff missing")]
    [InlineData("checkpoints damaged")]
    public void Damage_to_what_was_left_costs_its_making_and_nothing_else(string damage)
    {
        byte[] tar = MakeTar(new Random(7), entries: 40);
        Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, Segment) { CutAt = 3_000_000 }));
        string staged = Assert.Single(_store.Staged());
        string some = Directory.EnumerateFiles(staged + "/diff").Order().First(file => new FileInfo(file).Length > 1000);
        switch (damage)
        {
            case "file changed":
                Flip(some, 500);
                break;
            case "file shorter":
                File.WriteAllBytes(some, File.ReadAllBytes(some)[..^1]);
                break;
            case "file missing":
                File.Delete(some);
                break;
            case "record changed":
                Flip(staged + "/record", 200);
                break;
            case "record shorter":
                File.WriteAllBytes(staged + "/record", File.ReadAllBytes(staged + "/record")[..300]);
                break;
            case "rows missing":
                File.Delete(staged + "/rows");
                break;
            case "diff missing":
                Directory.Delete(staged + "/diff", recursive: true);
                break;
            default:
                Array.ForEach(Checkpoint.Names, name => Flip($"{staged}/{name}", 100));
                break;
        }

        var rest = new CutTar(tar, Segment);
        using StagedLayer layer = Apply(_store.Store, rest, Digest.Of(tar));
        Assert.Equal(0, rest.BegunAt);
        CheckCommitted(layer, tar);
    }

    /// <summary>Entries that replace others, links, whiteouts, sparse files: some of it makes the beginning useless, none of it a wrong layer.</summary>
    [Fact]
    public void Any_tree_that_is_cut_anywhere_becomes_the_same_layer()
    {
        int resumed = 0;
        Gen.Int.Sample(
            seed =>
            {
                var random = new Random(seed);
                byte[] noise = Noise(seed, 200_000);
                byte[] tar =
                [
                    .. RawTar.FileEntry("first", noise), .. RawTar.FileEntry("second", noise), .. RandomLayers.MakeEntries(random),
                    .. RawTar.FileEntry("third", noise), .. RawTar.FileEntry("fourth", noise), .. RawTar.End,
                ];
                try
                {
                    using StagedLayer whole = Apply(_store.Store, new CutTar(tar, 64_000), key: Digest.Of("another"u8));
                }
                catch (Exception e) when (e is LinuxException or InvalidTarException)
                {
                    return; // refused, cut or not
                }
                finally
                {
                    _store.Store.Layers.DropResumable();
                }

                Assert.Throws<EndOfStreamException>(() => Apply(_store.Store, new CutTar(tar, 64_000) { CutAt = random.Next(1, tar.Length) }));
                var rest = new CutTar(tar, 64_000);
                using StagedLayer layer = Apply(_store.Store, rest, Digest.Of(tar));
                resumed += rest.BegunAt > 0 ? 1 : 0;
                CheckCommitted(layer, tar);
            },
            iter: 80,
            threads: 1);
        Assert.InRange(resumed, 2, int.MaxValue);
    }

    [Fact]
    public void A_tar_that_is_wrong_leaves_nothing()
    {
        byte[] tar = MakeTar(new Random(8), entries: 20);
        Assert.Throws<ContentMismatchException>(() => Apply(_store.Store, new CutTar(tar, Segment), Digest.Of("else"u8)));
        Assert.Empty(_store.Staged());
    }

    [Fact]
    public void Two_under_one_key_do_not_share_a_directory()
    {
        byte[] tar = MakeTar(new Random(9), entries: 20);
        byte[] other = MakeTar(new Random(10), entries: 20);
        StagedLayer? second = null;
        using StagedLayer first = Apply(_store.Store, new CutTar(tar, Segment), seen: seen =>
        {
            if (seen > 1_000_000 && second is null)
            {
                _store.Store.Layers.DropResumable(); // takes nothing from under us
                second = Apply(_store.Store, new CutTar(other, Segment));
            }
        });

        Assert.Equal((Digest.Of(tar), Digest.Of(other)), (first.DiffId.Digest, second!.DiffId.Digest));
        second.Dispose();
        CheckCommitted(first, tar);
    }

    [Fact]
    public void What_is_left_is_kept_over_a_start_but_not_for_ever()
    {
        byte[] tar = MakeTar(new Random(11), entries: 20);
        for (int i = 0; i < ResumableWrites.MaxKept + 2; i++)
        {
            Assert.Throws<EndOfStreamException>(
                () => Apply(_store.Store, new CutTar(tar, Segment) { CutAt = 1_500_000 }, key: Digest.Of([(byte)i])));
            string staged = $"{_store.Root}/staging/{Digest.Of([(byte)i]).ToHex()}";
            foreach (string file in Directory.EnumerateFiles(staged, "checkpoint.*"))
            {
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(i == 9 ? -8 : -0.1 * i));
            }
        }

        Directory.CreateDirectory($"{_store.Root}/staging/{Digest.Of("no checkpoint"u8).ToHex()}");
        Assert.InRange(_store.Store.Layers.ResumableBytes(), 10_000_000, 20_000_000);
        _store.Reopen(_store.Root);

        // The eighth is 0.8 days old: two are too many, of which one is too old as well.
        Assert.Equal(
            Enumerable.Range(0, 8).Select(i => Digest.Of([(byte)i]).ToHex()).Order(),
            _store.Staged().Select(Path.GetFileName).Order());
        var rest = new CutTar(tar, Segment);
        using StagedLayer layer = Apply(_store.Store, rest, key: Digest.Of([3]));
        Assert.InRange(rest.BegunAt, 1, 1_500_000);

        _store.Store.Layers.DropResumable();
        Assert.Equal([Digest.Of([3]).ToHex()], _store.Staged().Select(Path.GetFileName));
    }

    [Fact]
    public void A_layer_that_somebody_else_has_committed_meanwhile_leaves_nothing()
    {
        byte[] tar = MakeTar(new Random(12), entries: 10);
        using (StagedLayer layer = Apply(_store.Store, new CutTar(tar, Segment)))
        {
            _store.Add(tar);
            _store.Store.Layers.Commit([layer]);
        }

        Assert.Empty(_store.Staged());
    }

    private void CheckCommitted(StagedLayer layer, byte[] tar)
    {
        Assert.Equal(Digest.Of(tar), layer.DiffId.Digest);
        _store.Store.Layers.Commit([layer]);
        Assert.Empty(_store.Staged());
        VerifyResult result = _store.Store.Layers.Verify(layer.DiffId, deep: true);
        Assert.True(result.IsIntact, string.Join('\n', result.Problems));
        Assert.True(tar.AsSpan().SequenceEqual(_store.ReadTar(layer.DiffId)));
        layer.Dispose();
        _store.Store.Layers.CollectUnreferenced(new HashSet<DiffId>());
    }

    private static StagedLayer Apply(Store store, CutTar tar, Digest? expected = null, Action<long>? seen = null, Digest? key = null)
        => store.Layers.ApplyResumable(
            key ?? _key, tar.Open, expected is null ? null : new DiffId(expected), origin: null, seen, TestContext.Current.CancellationToken);

    private string Copy(string name)
    {
        string copy = $"{_store.Path}/{name}";
        using Process process = Process.Start("cp", ["-a", _store.Root, copy]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return copy;
    }

    private static byte[] MakeTar(Random random, int entries)
    {
        var tar = new TestTar();
        for (int i = 0; i < entries; i++)
        {
            byte[] body = new byte[random.Next(4) == 0 ? random.Next(500_000) : random.Next(100_000)];
            random.NextBytes(body);
            _ = random.Next(6) switch
            {
                0 => tar.Directory($"d{i}"),
                1 when i > 0 => tar.File($"s{i}", body).HardLink($"h{i}", $"s{i}"),
                2 => tar.Link($"l{i}", "target"),
                _ => tar.File($"f{i}", body, mode: random.Next(0x200) | 0x100),
            };
        }

        return tar.File("last", Noise(entries, 1_500_000)).ToArray();
    }

    private static byte[] Noise(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<string> Names(string directory) => Directory.EnumerateFileSystemEntries(directory).Select(entry => Path.GetFileName(entry)!);

    private static void Flip(string file, int at)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[at] ^= 0x10;
        File.WriteAllBytes(file, bytes);
    }

    /// <summary>Written by another boot, as far as anybody can see.</summary>
    private static void ChangeBoot(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        RandomNumberGenerator.Fill(bytes.AsSpan(16, 16));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8), XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)));
        File.WriteAllBytes(file, bytes);
    }

    /// <summary>A tar with a restart point after every so many bytes, and an end of the connection wherever it is wanted.</summary>
    private sealed class CutTar(byte[] tar, int segment) : IRestartableTar
    {
        private long _at;

        public long CutAt { get; init; } = long.MaxValue;

        /// <summary>Every place it was opened at; -1 before.</summary>
        public List<long> Begun { get; } = [];

        public long BegunAt => Begun.Count == 0 ? -1 : Begun[^1];

        public RestartPoint? Reached { get; private set; }

        public CutTar Open(RestartPoint? point)
        {
            Assert.True(point is null || BinaryPrimitives.ReadInt64LittleEndian(point.State.Span) == point.TarAt);
            Begun.Add(_at = point?.TarAt ?? 0);
            Reached = null;
            return this;
        }

        public int Read(Span<byte> bytes)
        {
            int count = (int)Math.Min(Math.Min(bytes.Length, tar.Length - _at), segment - (_at % segment));
            if (_at + count > CutAt)
            {
                throw new EndOfStreamException("the connection is gone");
            }

            tar.AsSpan((int)_at, count).CopyTo(bytes);
            _at += count;
            if (_at % segment == 0 && count > 0)
            {
                byte[] state = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(state, _at);
                Reached = new RestartPoint(_at, state);
            }

            return count;
        }

        public void Dispose()
        {
        }
    }
}
