using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tests.Tar;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Storage;

/// <summary>Sparse files in layers: holes on disk, and the exact tar out of the file and its map.</summary>
public sealed class LayerSparseTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    public static TheoryData<string> Formats => SparseTests.Formats;

    [Theory, MemberData(nameof(Formats))]
    public void What_GNU_tar_writes_becomes_a_file_with_holes_and_comes_back_byte_for_byte(string format)
    {
        string source = Directory.CreateDirectory(_store.Path + "/source").FullName;
        byte[] content = SparseTests.Islands($"{source}/islands", 40, tail: 300_000);
        byte[] hole = SparseTests.Islands($"{source}/hole", 0, tail: 8_000_000);
        byte[] tar = Pack(format, source);

        DiffId layer = CheckRoundTrip(tar);

        Assert.Equal(content, File.ReadAllBytes(_store.Diff(layer) + "/islands"));
        Assert.Equal(hole, File.ReadAllBytes(_store.Diff(layer) + "/hole"));
        Assert.Equal(content.Length + hole.Length, _store.Store.Layers.Find(layer)!.Size);
        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        Assert.InRange(diff.Stat("hole").AllocatedBytes, 0, 65_536);
        Assert.InRange(diff.Stat("islands").AllocatedBytes, 1, 1_000_000);
        Assert.Equal(2u, VersionOf(layer));
    }

    [Fact]
    public void A_file_that_is_large_without_its_holes_takes_no_place_in_the_record()
    {
        string source = Directory.CreateDirectory(_store.Path + "/source").FullName;
        using (FileStream file = File.Create(source + "/large"))
        {
            byte[] noise = new byte[1 << 20];
            for (int i = 0; i < 24; i++)
            {
                new Random(i).NextBytes(noise);
                file.Position = i * (3L << 20);
                file.Write(noise);
            }
        }

        DiffId layer = CheckRoundTrip(Pack("--format=gnu", source));

        Assert.InRange(new FileInfo(_store.Diff(layer) + "/../record").Length, 1, 4096);
    }

    /// <summary>Sparse files that later entries replace, also with the same name and length; each body is in the tar.</summary>
    [Theory, MemberData(nameof(Formats))]
    public void What_a_later_entry_replaces_is_still_in_the_tar(string format)
    {
        string source = Directory.CreateDirectory(_store.Path + "/source").FullName;
        string tarFile = _store.Path + "/layer.tar";
        foreach (int islands in new[] { 30, 2, 30 })
        {
            SparseTests.Islands($"{source}/f", islands, tail: 100_000);
            SparseTests.Run("tar", [.. format.Split(' '), "--sparse", "-C", source, File.Exists(tarFile) ? "-rf" : "-cf", tarFile, "f"]);
        }

        File.WriteAllText($"{source}/f", "plain in the end");
        SparseTests.Run("tar", [.. format.Split(' '), "-C", source, "-rf", tarFile, "f"]);

        DiffId layer = CheckRoundTrip(File.ReadAllBytes(tarFile));

        Assert.Equal("plain in the end", File.ReadAllText(_store.Diff(layer) + "/f"));
    }

    [Theory]
    [InlineData(0)] // in the data
    [InlineData(50_000)] // in a hole
    [InlineData(-1)] // the length
    public void Damage_to_a_sparse_file_is_found_and_named(int at)
    {
        string source = Directory.CreateDirectory(_store.Path + "/source").FullName;
        SparseTests.Islands($"{source}/f", 3, tail: 100_000);
        DiffId layer = _store.Add(Pack("--format=posix", source));
        using (FileStream file = File.Open(_store.Diff(layer) + "/f", FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = Math.Max(at, 0);
            int old = file.ReadByte(); // the data is by chance
            file.Position = Math.Max(at, 0);
            file.WriteByte((byte)~old);
            file.SetLength(at < 0 ? file.Length + 1 : file.Length);
        }

        Assert.Contains("\"f\"", Assert.Single(_store.Store.Layers.Verify(layer, deep: false).Problems), StringComparison.Ordinal);
    }

    /// <summary>A map can name a length that no disk has: the file system says so, or makes a hole; nothing is written either way.</summary>
    [Theory]
    [InlineData(1L << 40)]
    [InlineData(long.MaxValue / 2)]
    public void A_hole_larger_than_the_disk_costs_nothing(long length)
    {
        byte[] tar = [.. Pax(("GNU.sparse.size", $"{length}"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", $"{length - 1},1")), .. FileEntry("f", [7]), .. End];
        try
        {
            DiffId layer = CheckRoundTrip(tar);
            Assert.Equal(length, new FileInfo(_store.Diff(layer) + "/f").Length);
        }
        catch (LinuxException e)
        {
            Assert.Equal(Errno.EFBIG, e.Errno);
            Assert.Empty(_store.Staged());
        }
    }

    [Fact]
    public void Sizes_that_add_up_to_more_than_64_bits_are_shown_as_the_most_there_is()
    {
        long length = 1L << 42; // what ext4 takes with blocks of 4 KiB is 2^44
        DiffId few = CheckRoundTrip([.. Holes("f", 3, length), .. End]), many = CheckRoundTrip([.. Holes("f", 70, length), .. End]);

        Assert.Equal(3 * length, _store.Store.Layers.Find(few)!.Size);
        Assert.Equal(1L << 48, _store.Store.Layers.Find(many)!.Size); // a sum of many layers' is still a number
    }

    /// <summary>Holes weigh nothing in a tar: looking for what a later entry replaced must not read them all.</summary>
    [Fact]
    public void Decoys_as_long_as_a_lost_file_do_not_keep_the_search_busy()
    {
        const int Length = 4 << 20;
        byte[] tar =
        [
            .. Block("d/", '5', 0), .. Holes("d/s", 1500, Length),
            .. Enumerable.Range(0, 10).SelectMany(i => { byte[] body = new byte[Length]; body[i] = 1; return FileEntry($"d/real{i}", body); }),
            .. FileEntry("d", [1]), .. End,
        ];

        Assert.Throws<RecordTooLargeException>(() => _store.Apply(tar));
        Assert.Empty(_store.Staged());
    }

    /// <summary>Bytes alone between holes take a block each: the room that is left is looked at by blocks.</summary>
    [Fact]
    public void Scattered_bytes_count_as_the_blocks_they_take()
    {
        int looks = 0;
        using DirectoryHandle staged = DirectoryHandle.Open(Directory.CreateDirectory(_store.Path + "/staged").FullName);
        const int Regions = 8192; // 32 MiB in blocks of 4 KiB
        string map = string.Join(',', Enumerable.Range(0, Regions).Select(i => $"{i * 8192L},1"));
        byte[] tar = [.. Pax(("GNU.sparse.size", $"{Regions * 8192L}"), ("GNU.sparse.numblocks", $"{Regions}"), ("GNU.sparse.map", map)), .. FileEntry("f", new byte[Regions]), .. End];
        using var decoder = LayerDecoders.Open(new MemoryStream(tar), LayerCompression.Detect);
        using var stream = new TarDigestStream(decoder, progress: null, TestContext.Current.CancellationToken);
        using var applier = new LayerApplier(staged, stream, OverlayDialect.Trusted, () => looks++);
        applier.Run();
        Assert.Equal(2, looks);
    }

    private static byte[] Holes(string name, int count, long length)
        => [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[.. Pax(("GNU.sparse.size", $"{length}"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", $"{length},0")), .. Block($"{name}{i}", '0', 0)])];

    [Fact]
    public void A_layer_without_sparse_files_still_has_a_record_of_version_1()
        => Assert.Equal(1u, VersionOf(_store.Add(new TestTar().File("f", "x").ToArray())));

    private byte[] Pack(string format, string source)
    {
        string tarFile = _store.Path + "/layer.tar";
        SparseTests.Run("tar", [.. format.Split(' '), "--sparse", "-C", source, "-cf", tarFile, "."]);
        return File.ReadAllBytes(tarFile);
    }

    private uint VersionOf(DiffId layer) => BitConverter.ToUInt32(File.ReadAllBytes(_store.Diff(layer) + "/../record"), 8);

    private DiffId CheckRoundTrip(byte[] tar)
    {
        DiffId layer = _store.Add(tar);
        Assert.Equal(Digest.Of(tar), layer.Digest);
        Assert.True(tar.AsSpan().SequenceEqual(_store.ReadTar(layer)));
        VerifyResult result = _store.Store.Layers.Verify(layer, deep: true);
        Assert.True(result.IsIntact, string.Join('\n', result.Problems));
        return layer;
    }
}
