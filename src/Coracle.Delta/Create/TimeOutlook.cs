namespace Coracle.Delta;

/// <summary>Looks ahead at the times of the next entries: which prediction will be right for most of them.</summary>
/// <param name="target">Seconds of each target entry.</param>
/// <param name="reference">Seconds of what it is like; where it is like nothing, its own.</param>
internal sealed class TimeOutlook(long[] target, long[] reference)
{
    private const int Ahead = 24;

    /// <returns>The mode that will be right most often, if it is taken at this entry.</returns>
    public int Best(int entry)
    {
        int best = 0;
        int bestHits = -1;
        for (int mode = 0; mode < 3; mode++)
        {
            int hits = 0;
            for (int i = entry + 1; i < Math.Min(target.Length, entry + 1 + Ahead); i++)
            {
                long expected = mode == 0 ? reference[i] : mode == 1 ? target[i - 1] : reference[i] + target[i - 1] - reference[i - 1];
                // Being near costs less than being far, and being right costs nothing.
                long error = Math.Abs(expected - target[i]);
                hits += error == 0 ? 8 : error < 8 ? 3 : error < 64 ? 2 : error < 8192 ? 1 : 0;
            }

            (best, bestHits) = hits > bestHits ? (mode, hits) : (best, bestHits);
        }

        return best;
    }
}
