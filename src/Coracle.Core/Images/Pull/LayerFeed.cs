using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>The two ends of a blob on its way to becoming a layer: socket → bounded pipe → a thread of its own that makes the layer of it.</summary>
internal static class LayerFeed
{
    /// <param name="deltas">Counts the bytes of a delta; null for a layer in full.</param>
    /// <param name="unpack">Opens the blob, reads it to its end, or abandons it when it stops earlier. May block.</param>
    /// <returns>What it made.</returns>
    public static async Task<StagedLayer> RunAsync(
        RegistrySession session, Descriptor blob, LayerProgress progress, DeltaCounters? deltas,
        Func<BlobSource, CancellationToken, StagedLayer> unpack, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using BlobSource source = new(session, blob, progress, deltas, either.Token);

        // A thread of its own: it inflates, hashes and writes for as long as the download lasts, and blocks on the disk.
        Task<StagedLayer> unpacking = Task.Factory.StartNew(
            () => unpack(source, either.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        StagedLayer? staged = null;
        try
        {
            staged = await unpacking;
            await source.Fetching;
            await either.CancelAsync();   // a fetch that its reader has left may still wait for a socket
            await source.EndAsync();
            return staged;
        }
        catch
        {
            staged?.Dispose();
            await either.CancelAsync();
            await source.EndAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (source.Fetching.IsFaulted)
            {
                await source.Fetching;   // why the bytes stopped is the cause; what the unpacker made of it is not
            }

            throw;
        }
    }
}
