namespace Coracle.Delta;

/// <summary>A new body, or a part of a very large one, and how it is made.</summary>
internal sealed class TargetPiece(int entry, long offset, int length, PoolPiece? likely)
{
    public int Entry => entry;

    public long Offset => offset;

    public int Length => length;

    /// <summary>The old file of the same path.</summary>
    public PoolPiece? Likely => likely;

    public PatchStep[] Steps { get; set; } = [];

    public PoolGroup? Group { get; set; }
}
