using Coracle.Registry;

namespace Coracle.Core;

/// <summary>Counts what a delta costs while its layer's row shows it.</summary>
internal sealed class DeltaObserver(LayerProgress progress, DeltaCounters counters) : IFetchObserver
{
    private long _seen;

    public void Received(long bytes)
    {
        counters.Fetched(bytes - _seen);
        _seen = bytes;
        progress.Received(bytes);
    }

    public void RetryingIn(int seconds) => progress.RetryingIn(seconds);
}
