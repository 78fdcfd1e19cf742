namespace Coracle.Tar;

/// <summary>
/// Where the bytes of a sparse file's body belong. The body in the tar is the regions one after the other; everything between them
/// is holes.
/// </summary>
/// <remarks>The regions are in order, do not overlap, end within <see cref="RealSize"/>, and add up to the entry's body.</remarks>
public sealed class SparseMap
{
    /// <summary>More than GNU tar has ever been seen to need; 2 MiB in memory. Go has 1,048,576, and had no bound until 2025.</summary>
    public const int MaxRegions = 128 * 1024;

    private readonly SparseRegion[] _regions;

    internal SparseMap(SparseRegion[] regions, long realSize) => (_regions, RealSize) = (regions, realSize);

    /// <summary>The file's length, holes and all.</summary>
    public long RealSize { get; }

    public ReadOnlySpan<SparseRegion> Regions => _regions;
}
