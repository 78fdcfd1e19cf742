using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>A blob whose reader says where it begins, and may begin again elsewhere: a layer that goes on after a kill knows only once it has looked.</summary>
/// <param name="deltas">Counts the bytes; null for a layer in full.</param>
/// <param name="stop">Ends every fetch.</param>
internal sealed class BlobSource(
    RegistrySession session, Descriptor blob, LayerProgress progress, DeltaCounters? deltas, CancellationToken stop) : IDisposable
{
    private readonly List<HandoffPipe> _pipes = [];
    private Task _last = Task.CompletedTask;
    private Task _all = Task.CompletedTask;

    public Descriptor Blob => blob;

    /// <summary>The fetch that was begun last: its failure is why the bytes stopped.</summary>
    public Task Fetching => _last;

    /// <summary>Begins to fetch; for the reader's thread, which goes on at once. What it no longer reads it abandons.</summary>
    /// <param name="end">The byte behind the last one wanted; null for all to the end.</param>
    public HandoffPipe Open(long from = 0, long? end = null)
    {
        HandoffPipe pipe = new();
        _pipes.Add(pipe);
        IFetchObserver observer = deltas is null ? progress : new DeltaObserver(progress, deltas, from);
        _last = FetchAsync(new BlobFetch(session, blob, pipe, observer, from, end), isToEnd: end is null);
        _all = Task.WhenAll(_all, _last);
        return pipe;
    }

    /// <summary>Waits until no fetch is under way, however they ended.</summary>
    public Task EndAsync() => _all.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    /// <summary>After <see cref="EndAsync"/>.</summary>
    public void Dispose()
    {
        foreach (HandoffPipe pipe in _pipes)
        {
            pipe.Dispose();
        }
    }

    private async Task FetchAsync(BlobFetch fetch, bool isToEnd)
    {
        await fetch.RunAsync(stop);
        if (isToEnd)
        {
            progress.Downloaded();
        }
    }
}
