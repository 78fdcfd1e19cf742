namespace Coracle.Delta;

/// <summary>The bytes of old files, one after the other, and the index that finds in them what a new file is made of.</summary>
/// <remarks>
/// Memory: the index takes 2 to 3 bytes for each byte of the pool (beside the pool itself). A match takes at most 1 MiB, and 16 bytes for
/// each step that it returns (three times that while they grow): a few hundredths of a byte for each byte of a target that resembles the
/// pool. Immutable once made: any number of threads may match at once.
/// </remarks>
internal sealed class MatchPool
{
    private readonly ReadOnlyMemory<byte> _pool;
    private readonly int[] _starts;
    private readonly SeedIndex _index;

    /// <param name="pool">Kept, not copied: it must stay as it is. Shorter than 2 GiB.</param>
    /// <param name="starts">Where files begin in it, rising; the first is 0. Empty for an empty pool.</param>
    public MatchPool(ReadOnlyMemory<byte> pool, ReadOnlySpan<int> starts)
    {
        _pool = pool;
        _starts = starts.ToArray();
        _index = new SeedIndex(pool.Span, _starts);
    }

    internal ReadOnlySpan<byte> Bytes => _pool.Span;

    internal SeedIndex Index => _index;

    /// <param name="target">The new file's bytes.</param>
    /// <param name="likelyAt">Where the old file of the same path begins in the pool; -1 if there is none.</param>
    /// <returns>Steps that cover the target exactly, in its order. The same input gives the same steps.</returns>
    public PatchStep[] Match(ReadOnlySpan<byte> target, int likelyAt)
    {
        var trellis = new Trellis(this, target, likelyAt);
        return trellis.Run();
    }

    /// <summary>Bounds in the pool of the file that has the byte at <paramref name="offset"/>.</summary>
    internal (int Start, int End) FileAt(int offset)
    {
        int found = Array.BinarySearch(_starts, offset);
        int file = found >= 0 ? found : ~found - 1;
        // Files without bytes begin where their neighbours do.
        while (file + 1 < _starts.Length && _starts[file + 1] <= offset)
        {
            file++;
        }

        return (_starts[file], file + 1 < _starts.Length ? _starts[file + 1] : _pool.Length);
    }
}
