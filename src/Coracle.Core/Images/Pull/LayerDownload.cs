using Coracle.Delta;
using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>Brings layers, in full or by delta, never more at a time than allowed.</summary>
internal sealed class LayerDownload(Store store, DeltaDownload deltas, int maxConcurrent) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(maxConcurrent, maxConcurrent);

    /// <param name="delta">Tried first; null for none.</param>
    /// <returns>Unpacked and verified, not yet committed; the caller disposes it.</returns>
    public async Task<StagedLayer> FetchAsync(
        RegistrySession session, ImageReference image, WantedLayer layer, LayerDelta? delta, LayerProgress progress, CancellationToken cancellationToken)
    {
        if (!_slots.Wait(0, cancellationToken))
        {
            progress.Waiting();
            await _slots.WaitAsync(cancellationToken);
        }

        try
        {
            StagedLayer staged =
                (delta is null ? null : await deltas.TryFetchAsync(session, image, layer, delta, progress, cancellationToken))
                ?? await LayerFeed.RunAsync(
                    session, layer.Blob, progress, deltas: null, (source, stop) => Unpack(source, layer, stop), cancellationToken);
            if (layer.Origin is null)
            {
                // However its bytes came: the registry has this blob, and a push need not send it.
                staged.AddBlob(new KnownBlob(layer.Blob.Digest, layer.Blob.Size, layer.Blob.MediaType, image.Name));
            }

            progress.Unpacked();
            return staged;
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private StagedLayer Unpack(BlobSource source, WantedLayer layer, CancellationToken cancellationToken)
    {
        using VerifiedBlobStream blob = new(source.Open(), layer.Blob);
        try
        {
            if (layer.Origin is null)
            {
                return store.Layers.Apply(blob, LayerCompression.Detect, layer.DiffId, tarBytes: null, cancellationToken);
            }

            using Stream tar = layer.Origin.Open(blob);
            return store.Layers.Apply(tar, LayerCompression.None, layer.DiffId, tarBytes: null, cancellationToken);
        }
        catch (Exception error) when (error is LayerFormatException or InvalidTarException or RsyncFormatException)
        {
            // If these are not even the promised bytes, that is the thing to say.
            blob.ReadToVerifiedEnd();
            throw;
        }
    }
}
