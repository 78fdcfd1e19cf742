using Coracle.Registry;

namespace Coracle.Core;

/// <summary>Counts what a delta costs while its layer's row shows it.</summary>
/// <param name="from">Where in the delta it is begun: what was there before has been counted before.</param>
internal sealed class DeltaObserver(LayerProgress progress, DeltaCounters counters, long from) : IFetchObserver
{
    private long _seen = from;

    public void Received(long bytes)
    {
        counters.Fetched(bytes - _seen);
        _seen = bytes;
        progress.Received(bytes);
    }

    public void RetryingIn(int seconds) => progress.RetryingIn(seconds);
}
