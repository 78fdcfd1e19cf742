namespace Coracle.Tar;

/// <summary>Collects the regions of a sparse file, whichever of the four formats has them, and lets only a sound map through.</summary>
internal sealed class SparseMapBuilder
{
    private readonly List<SparseRegion> _regions = [];
    private long _end;
    private long _packed;

    public int Count => _regions.Count;

    public void Clear()
    {
        _regions.Clear();
        (_end, _packed) = (0, 0);
    }

    /// <returns>What is wrong, or null. The checks are those of Go and of bsdtar.</returns>
    public string? Add(long offset, long length)
    {
        if (_regions.Count == SparseMap.MaxRegions)
        {
            return $"a sparse map of more than {SparseMap.MaxRegions} regions";
        }

        if (offset < _end || length < 0 || offset > long.MaxValue - length)
        {
            return "a sparse map's regions overlap or are out of bounds";
        }

        _regions.Add(new SparseRegion(offset, length));
        _end = offset + length;
        _packed += length; // no overflow: it never exceeds _end
        return null;
    }

    /// <param name="bodySize">Bytes of the body in the tar, the map not counted.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Build(long realSize, long bodySize, out SparseMap? map)
    {
        map = null;
        if (realSize is < 0 or > long.MaxValue / 2 || _end > realSize)
        {
            return "a sparse map leads beyond the end of its file";
        }

        if (_packed != bodySize)
        {
            return $"a sparse map asks for {_packed} bytes and {bodySize} are there";
        }

        map = new SparseMap([.. _regions], realSize);
        return null;
    }
}
