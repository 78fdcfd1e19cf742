namespace Coracle.Delta;

/// <summary>A file of the bases, or a part of a very large one, in a pool.</summary>
/// <param name="number">In the table of the bases' entries.</param>
/// <param name="offset">In its body.</param>
internal sealed class PoolPiece(int number, long offset, int length)
{
    public int Number => number;

    public long Offset => offset;

    public int Length => length;

    /// <summary>Where it begins in the pool.</summary>
    public int Start { get; set; }
}
