using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Coracle.RootTests.Storage;

/// <summary>Whole files taken over from a base layer: on file systems that share blocks they take no room, on others they are written.</summary>
[Trait("Needs", "root")]
public sealed class ReflinkTests : IDisposable
{
    private const int FileLength = 8 << 20;
    private const int Files = 4;

    private readonly string _root = Directory.CreateTempSubdirectory("coracle-reflink").FullName;

    private string Disk => _root + "/disk";

    public void Dispose()
    {
        Process.Start("umount", ["--quiet", Disk]).WaitForExit();
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData("btrfs", true)]
    [InlineData("xfs", true)]
    [InlineData("ext4", false)]
    public void What_a_base_layer_has_is_shared_where_the_file_system_can_and_written_where_it_cannot(string kind, bool shares)
    {
        Assert.SkipUnless(Mount(kind), $"this kernel has no {kind}: ./dev vm has");
        byte[][] contents = [.. Enumerable.Range(0, Files).Select(_ => RandomNumberGenerator.GetBytes(FileLength)), "small"u8.ToArray()];
        byte[] tar = MakeTar("d", contents);
        using Store store = Open();
        DiffId layer = Commit(store, Apply(store, MakeTar("base", contents), origin: null));
        long before = Free();

        using var origin = new Origin(store.Layers.OpenEntries(layer), tar);
        StagedLayer staged = Apply(store, tar, origin);

        Assert.Equal(shares ? (long)Files * FileLength : 0, staged.TakenOver);
        Assert.Equal(shares ? Files : 1, origin.Asked); // the small one is not worth the question; where it cannot be, it is asked once
        DiffId made = Commit(store, staged);
        Assert.Equal(Digest.Of(tar), made.Digest);
        Assert.InRange(before - Free(), shares ? 0 : Files * FileLength, shares ? FileLength : long.MaxValue);
        Assert.True(store.Layers.Verify(made, deep: true).IsIntact);
        Assert.Equal(contents[1], File.ReadAllBytes($"{store.Layers.Find(made)!.DiffDirectory}/d1"));
        Assert.Equal(new DateTime(2001, 9, 9, 1, 46, 40, DateTimeKind.Utc), File.GetLastWriteTimeUtc($"{store.Layers.Find(made)!.DiffDirectory}/d1"));

        // A clone is a file of its own: damage to one layer's is not the other's.
        File.WriteAllBytes($"{store.Layers.Find(layer)!.DiffDirectory}/base1", new byte[FileLength]);
        Assert.False(store.Layers.Verify(layer, deep: false).IsIntact);
        Assert.True(store.Layers.Verify(made, deep: true).IsIntact);
    }

    /// <summary>An origin that is wrong, and a file that is written to between the clone and its end.</summary>
    [Theory]
    [InlineData("other file")]
    [InlineData("written to")]
    public void A_file_that_is_not_what_came_through_the_tar_never_becomes_a_layer(string what)
    {
        Assert.SkipUnless(Mount("btrfs"), "this kernel has no btrfs: ./dev vm has");
        byte[][] contents = [.. Enumerable.Range(0, 2).Select(_ => RandomNumberGenerator.GetBytes(FileLength))];
        byte[] tar = MakeTar("d", contents);
        using Store store = Open();
        DiffId layer = Commit(store, Apply(store, MakeTar("base", what == "other file" ? [.. contents.Reverse()] : contents), origin: null));
        using var origin = new Origin(store.Layers.OpenEntries(layer), tar);
        string file = $"{store.Layers.Find(layer)!.DiffDirectory}/base0";

        Assert.Throws<LayerDamagedException>(() => Apply(store, tar, origin, what == "other file" ? null : seen =>
        {
            if (seen > FileLength / 2 && origin.Asked == 1)
            {
                using FileStream stream = File.OpenWrite(file);
                stream.WriteByte(1);
            }
        }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Disk + "/data/staging"));
    }

    private bool Mount(string kind)
    {
        if (!File.ReadAllLines("/proc/filesystems").Any(line => line.TrimStart() == kind))
        {
            return false;
        }

        string image = _root + "/image";
        using (FileStream file = File.Create(image))
        {
            file.SetLength(512L << 20);
        }

        Directory.CreateDirectory(Disk);
        Run("mkfs." + kind, "-q", image);
        Run("mount", "-o", "loop", image, Disk);
        return true;
    }

    private Store Open() => Store.Open(new StorageOptions(Disk + "/data") { ReserveBytes = 0 }, TimeProvider.System, NullLogger.Instance);

    private static StagedLayer Apply(Store store, byte[] tar, IBodyOrigin? origin, Action<long>? seen = null)
        => store.Layers.Apply(new MemoryStream(tar), LayerCompression.None, expected: null, origin, seen, TestContext.Current.CancellationToken);

    private static DiffId Commit(Store store, StagedLayer layer)
    {
        using (layer)
        {
            store.Layers.Commit([layer]);
            return layer.DiffId;
        }
    }

    private long Free()
    {
        Run("sync", "-f", Disk);
        using DirectoryHandle disk = DirectoryHandle.Open(Disk);
        return disk.FreeRoom().Bytes;
    }

    private static byte[] MakeTar(string prefix, byte[][] contents)
    {
        using var bytes = new MemoryStream();
        var writer = new TarWriter(bytes);
        for (int i = 0; i < contents.Length; i++)
        {
            writer.WriteHeader(new TarEntry
            {
                Name = System.Text.Encoding.ASCII.GetBytes($"{prefix}{i}"),
                Type = TarEntryType.File,
                Mode = 0x1A4,
                Size = contents[i].Length,
                ModifiedAt = new TarTime(1_000_000_000, 0),
            });
            writer.Write(contents[i]);
        }

        writer.Complete();
        return bytes.ToArray();
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string errors = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }

    /// <summary>Says that the bodies of a tar are those of a layer's entries, in their order.</summary>
    private sealed class Origin : IBodyOrigin, IDisposable
    {
        private readonly LayerEntries _entries;
        private readonly List<long> _bodies = [];

        public Origin(LayerEntries entries, byte[] tar)
        {
            _entries = entries;
            using var reader = new TarReader(new MemoryStream(tar));
            while (reader.MoveNext())
            {
                _bodies.Add(reader.BodyOffset);
            }
        }

        public int Asked { get; private set; }

        public bool TryFind(long bodyAt, long length, out UInt128 hash, [NotNullWhen(true)] out SafeFileHandle? file)
        {
            Asked++;
            return _entries.TryOpenFile(_bodies.IndexOf(bodyAt), out hash, out file);
        }

        public void Dispose() => _entries.Dispose();
    }
}
