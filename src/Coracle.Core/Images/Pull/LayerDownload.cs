using Coracle.Delta;
using Coracle.Registry;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>Brings layers: socket → bounded pipe → one thread per layer that verifies, inflates and unpacks. Never more at a time than allowed.</summary>
internal sealed class LayerDownload(Store store, int maxConcurrent) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(maxConcurrent, maxConcurrent);

    /// <returns>Unpacked and verified, not yet committed; the caller disposes it.</returns>
    public async Task<StagedLayer> FetchAsync(
        RegistrySession session, WantedLayer layer, string repository, LayerProgress progress, CancellationToken cancellationToken)
    {
        if (!_slots.Wait(0, cancellationToken))
        {
            progress.Waiting();
            await _slots.WaitAsync(cancellationToken);
        }

        try
        {
            StagedLayer staged = await RunBothEndsAsync(session, layer, progress, cancellationToken);
            if (layer.Origin is null)
            {
                staged.AddBlob(new KnownBlob(layer.Blob.Digest, layer.Blob.Size, layer.Blob.MediaType, repository));
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

    private async Task<StagedLayer> RunBothEndsAsync(
        RegistrySession session, WantedLayer layer, LayerProgress progress, CancellationToken cancellationToken)
    {
        using HandoffPipe pipe = new();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task fetching = FetchIntoAsync(new BlobFetch(session, layer.Blob, pipe, progress), progress, either.Token);

        // A thread of its own: it inflates, hashes and writes for as long as the download lasts, and blocks on the disk.
        Task<StagedLayer> unpacking = Task.Factory.StartNew(
            () => Unpack(pipe, layer, either.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            StagedLayer staged = await unpacking;
            await fetching;
            return staged;
        }
        catch
        {
            await either.CancelAsync();
            await fetching.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            if (fetching.IsFaulted)
            {
                await fetching;   // why the bytes stopped is the cause; what the unpacker made of it is not
            }

            throw;
        }
    }

    private static async Task FetchIntoAsync(BlobFetch fetch, LayerProgress progress, CancellationToken cancellationToken)
    {
        await fetch.RunAsync(cancellationToken);
        progress.Downloaded();
    }

    private StagedLayer Unpack(HandoffPipe pipe, WantedLayer layer, CancellationToken cancellationToken)
    {
        using VerifiedBlobStream blob = new(pipe, layer.Blob);
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
