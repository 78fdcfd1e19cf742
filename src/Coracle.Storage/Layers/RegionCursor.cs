using Coracle.Tar;

namespace Coracle.Storage;

/// <summary>Walks the body of a sparse entry and says where in the file it belongs.</summary>
internal struct RegionCursor(SparseMap map)
{
    private readonly SparseMap _map = map;
    private int _region;
    private long _done;

    /// <summary>In the file.</summary>
    public readonly long Offset => _map.Regions[_region].Offset + _done;

    /// <summary>Bytes of the body that belong together from <see cref="Offset"/> on; 0 at the end of the body.</summary>
    public long Left()
    {
        while (_region < _map.Regions.Length && _done == _map.Regions[_region].Length)
        {
            (_region, _done) = (_region + 1, 0);
        }

        return _region < _map.Regions.Length ? _map.Regions[_region].Length - _done : 0;
    }

    /// <param name="count">At most what is <see cref="Left"/>.</param>
    public void Advance(long count) => _done += count;
}
