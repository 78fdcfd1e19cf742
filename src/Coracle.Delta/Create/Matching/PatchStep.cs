namespace Coracle.Delta;

/// <summary>A piece of a target: <see cref="AddLength"/> bytes by their difference from the pool's, then <see cref="LiteralLength"/> new ones.</summary>
/// <remarks>No record: nothing prints or compares steps, and their members would be in the shipped file.</remarks>
internal readonly struct PatchStep(long poolOffset, int addLength, int literalLength)
{
    /// <summary>Where the ADD begins in the pool. Where nothing is added, it is where the ADD before ended.</summary>
    public long PoolOffset => poolOffset;

    /// <summary>Bytes; they are all of one file of the pool.</summary>
    public int AddLength => addLength;

    /// <summary>Bytes that the pool does not help with.</summary>
    public int LiteralLength => literalLength;
}
