using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>A layer that a delta reads, and what of it.</summary>
public sealed class DeltaBase
{
    private readonly long[] _runs;

    /// <param name="runs">First entry and count of each run, one behind the other; ascending.</param>
    internal DeltaBase(DiffId diffId, long[] runs) => (DiffId, _runs) = (diffId, runs);

    public DiffId DiffId { get; }

    public int RunCount => _runs.Length / 2;

    /// <summary>Entries that must be there: the <paramref name="index"/>th run of them, ascending. All that the delta reads lies in a run.</summary>
    public (long First, long Count) Run(int index) => (_runs[2 * index], _runs[(2 * index) + 1]);

    internal bool Holds(long entry)
    {
        int low = 0;
        int high = RunCount;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _runs[2 * middle] + _runs[(2 * middle) + 1] <= entry ? (middle + 1, high) : (low, middle);
        }

        return low < RunCount && _runs[2 * low] <= entry;
    }
}
