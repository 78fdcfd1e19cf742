namespace Coracle.Tar;

/// <summary>A stretch of a sparse file that the tar has bytes for.</summary>
/// <param name="Offset">In the file, not in the tar.</param>
/// <param name="Length">Bytes; may be 0 (GNU tar ends a map that way where the file ends in a hole).</param>
public readonly record struct SparseRegion(long Offset, long Length);
