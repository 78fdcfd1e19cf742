using Coracle.Linux;
using Coracle.Oci;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Storage;

/// <summary>
/// Somebody else's data root, looked into: no lock is taken, nothing is recovered and nothing written, so its owner may be running.
/// What the owner removes meanwhile is missing here, too.
/// </summary>
public sealed class ReadOnlyStore : IDisposable
{
    private readonly string _dataRoot;
    private readonly DirectoryHandle _images;
    private readonly DirectoryHandle _layerDirectory;
    private readonly LayerStore _layers;

    private ReadOnlyStore(string dataRoot, DirectoryHandle root)
    {
        _dataRoot = dataRoot;
        StoreVersion.Require(root, dataRoot);
        _images = root.OpenDirectory("images");
        try
        {
            _layerDirectory = root.OpenDirectory("layers");
        }
        catch
        {
            _images.Dispose();
            throw;
        }

        // Layers are staged and spoken of in a dialect only where they are made.
        Staging none = new(_layerDirectory, NullLogger.Instance);
        _layers = new LayerStore(
            new StorageOptions(dataRoot), _layerDirectory, none, new ResumableWrites(none, TimeProvider.System), OverlayDialect.User, TimeProvider.System, NullLogger.Instance);
    }

    /// <param name="dataRoot">Absolute.</param>
    /// <exception cref="StoreUnavailableException">It is no data root of ours, or of a version that we do not know.</exception>
    /// <exception cref="LinuxException">It is not there or cannot be read.</exception>
    public static ReadOnlyStore Open(string dataRoot)
    {
        using DirectoryHandle root = DirectoryHandle.Open(dataRoot);
        return new ReadOnlyStore(dataRoot, root);
    }

    /// <returns>The lowest first; null when there is no such image.</returns>
    /// <exception cref="StoreUnavailableException">Its record cannot be read.</exception>
    public IReadOnlyList<DiffId>? LayersOf(Digest image)
    {
        try
        {
            return DurableFile.TryRead(_images, image.ToHex() + ".json", ImageRecordJson.MaxRecordLength) is { } record
                ? ImageRecordJson.ParseRecord(record).Layers
                : null;
        }
        catch (FormatException error)
        {
            throw new StoreUnavailableException($"data root {_dataRoot}: the record of image {image} cannot be read", error);
        }
    }

    /// <inheritdoc cref="LayerStore.OpenSeekableTar"/>
    public Stream OpenSeekableTar(DiffId layer) => _layers.OpenSeekableTar(layer);

    public void Dispose()
    {
        _layerDirectory.Dispose();
        _images.Dispose();
    }
}
