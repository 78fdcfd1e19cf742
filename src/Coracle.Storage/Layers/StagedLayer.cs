using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>
/// A layer that has been unpacked and verified and that nobody can see yet. <see cref="LayerStore.Commit"/> makes it visible and
/// durable; disposing it before that removes it, disposing it afterwards ends the lease that keeps it from the collector.
/// </summary>
public sealed class StagedLayer : IDisposable
{
    private readonly StagedDirectory _directory;
    private IReadOnlyList<KnownBlob> _blobs = [];
    private LayerLease? _lease;

    internal StagedLayer(StagedDirectory directory, DiffId diffId, long size, long tarLength, long takenOver)
        => (_directory, DiffId, Size, TarLength, TakenOver) = (directory, diffId, size, tarLength, takenOver);

    public DiffId DiffId { get; }

    /// <inheritdoc cref="LayerInfo.Size"/>
    public long Size { get; }

    public long TarLength { get; }

    /// <summary>Bytes of files that share their blocks with files of other layers: not written, and take no room.</summary>
    public long TakenOver { get; }

    internal StagedDirectory Directory => _directory;

    internal bool IsCommitted => _lease is not null;

    internal IReadOnlyList<KnownBlob> Blobs => _blobs;

    /// <summary>Notes where it came from. Before the commit.</summary>
    public void AddBlob(KnownBlob blob) => _blobs = KnownBlobs.With(_blobs, blob);

    internal void Committed(LayerLease lease) => _lease = lease;

    public void Dispose()
    {
        _lease?.Dispose();
        _directory.Dispose();
    }
}
