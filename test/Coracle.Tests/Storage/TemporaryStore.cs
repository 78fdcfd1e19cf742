using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Storage;

/// <summary>A store in a directory of its own, removed at the end.</summary>
internal sealed class TemporaryStore : IDisposable
{
    private Store? _store;

    public TemporaryStore()
    {
        Path = Directory.CreateTempSubdirectory("coracle-store-").FullName;
        Root = Path + "/root";
        _store = Open(Root);
    }

    public string Path { get; }

    public string Root { get; private set; }

    public Store Store => _store!;

    public static Store Open(string root) => Store.Open(new StorageOptions(root), TimeProvider.System, NullLogger.Instance);

    public string Diff(DiffId layer) => $"{Root}/layers/{layer.ToHex()}/diff";

    /// <summary>Applies and commits.</summary>
    public DiffId Add(byte[] tar)
    {
        using StagedLayer layer = Apply(tar);
        Store.Layers.Commit([layer]);
        return layer.DiffId;
    }

    public StagedLayer Apply(byte[] tar, LayerCompression compression = LayerCompression.Detect)
        => Store.Layers.Apply(new MemoryStream(tar), compression, expected: null, tarBytes: null, TestContext.Current.CancellationToken);

    public byte[] ReadTar(DiffId layer)
    {
        using Stream tar = Store.Layers.OpenTar(layer);
        using var copy = new MemoryStream();
        tar.CopyTo(copy);
        return copy.ToArray();
    }

    public static int ModeOf(string directory)
    {
        using DirectoryHandle handle = DirectoryHandle.Open(directory);
        return handle.Status().Mode;
    }

    /// <summary>Names in staging/: of a store that is not writing there are none.</summary>
    public string[] Staged() => [.. Directory.EnumerateFileSystemEntries(Root + "/staging")];

    /// <summary>Ends this store as a crash would, and goes on with a copy of its files as they were at that moment.</summary>
    public void Reopen(string copy)
    {
        _store?.Dispose();
        Root = copy;
        _store = Open(copy);
    }

    public void Dispose()
    {
        _store?.Dispose();
        using DirectoryHandle parent = DirectoryHandle.Open(System.IO.Path.GetDirectoryName(Path)!);
        parent.RemoveTree(System.IO.Path.GetFileName(Path));
    }
}
