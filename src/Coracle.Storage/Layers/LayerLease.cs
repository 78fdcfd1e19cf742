using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>Keeps a layer from the collector as long as somebody is about to refer to it. Lives no longer than the process.</summary>
public sealed class LayerLease : IDisposable
{
    private LayerStore? _store;

    internal LayerLease(LayerStore store, DiffId diffId) => (_store, DiffId) = (store, diffId);

    public DiffId DiffId { get; }

    public void Dispose() => Interlocked.Exchange(ref _store, null)?.Release(DiffId);
}
