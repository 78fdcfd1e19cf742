using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>The two ends of a blob on its way to becoming a layer: socket → bounded pipe → a thread of its own that makes the layer of it.</summary>
internal static class LayerFeed
{
    /// <param name="observer">Told of the bytes; <paramref name="progress"/> of the end.</param>
    /// <param name="unpack">Reads the pipe to its end and abandons it when it stops earlier. May block.</param>
    /// <returns>What it made.</returns>
    public static async Task<StagedLayer> RunAsync(
        RegistrySession session, Descriptor blob, IFetchObserver observer, LayerProgress progress,
        Func<HandoffPipe, CancellationToken, StagedLayer> unpack, CancellationToken cancellationToken)
    {
        using HandoffPipe pipe = new();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task fetching = FetchIntoAsync(new BlobFetch(session, blob, pipe, observer), progress, either.Token);

        // A thread of its own: it inflates, hashes and writes for as long as the download lasts, and blocks on the disk.
        Task<StagedLayer> unpacking = Task.Factory.StartNew(
            () => unpack(pipe, either.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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
}
