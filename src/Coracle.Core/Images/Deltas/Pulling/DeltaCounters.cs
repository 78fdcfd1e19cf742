namespace Coracle.Core;

/// <summary>What deltas did since this engine started. Thread-safe.</summary>
public sealed class DeltaCounters
{
    private static readonly string[] _reasons = ["base-missing", "base-damaged", "delta-damaged", "wrong-layer", "unsupported-version", "unavailable"];

    private readonly long[] _fallbacks = new long[_reasons.Length];
    private long _applied;
    private long _bytesFetched;
    private long _bytesSaved;

    /// <summary>Why layers came in full after all: the words of events, and of the <c>reason</c> of a metric.</summary>
    public static ReadOnlySpan<string> Reasons => _reasons;

    /// <summary>Layers that a delta made.</summary>
    public long Applied => Interlocked.Read(ref _applied);

    /// <summary>Bytes of deltas that came, those in vain included.</summary>
    public long BytesFetched => Interlocked.Read(ref _bytesFetched);

    /// <summary>What the same layers would have cost in full, compressed, less their deltas.</summary>
    public long BytesSaved => Interlocked.Read(ref _bytesSaved);

    public long Fallbacks
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < _fallbacks.Length; i++)
            {
                sum += FallbacksFor(i);
            }

            return sum;
        }
    }

    /// <param name="reason">An index of <see cref="Reasons"/>.</param>
    public long FallbacksFor(int reason) => Interlocked.Read(ref _fallbacks[reason]);

    internal static string NameOf(FallbackReason reason) => _reasons[(int)reason];

    internal void Fetched(long bytes) => Interlocked.Add(ref _bytesFetched, bytes);

    /// <param name="saved">Bytes; a plan takes no delta that saves none.</param>
    internal void HasApplied(long saved)
    {
        Interlocked.Increment(ref _applied);
        Interlocked.Add(ref _bytesSaved, saved);
    }

    internal void FellBack(FallbackReason reason) => Interlocked.Increment(ref _fallbacks[(int)reason]);
}
