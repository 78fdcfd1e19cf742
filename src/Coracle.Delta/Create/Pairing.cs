namespace Coracle.Delta;

/// <summary>Which entry of the bases each target entry is like: the one with the same body, else the one with the same path.</summary>
internal sealed class Pairing
{
    public const int None = -1;

    /// <summary>Files that are often there (empty licences, __init__.py) would make the search quadratic.</summary>
    private const int MaxCandidates = 256;

    private readonly EntryTable _bases;
    private readonly EntryTable _target;
    private int _last = None;
    private int _direction = 1;

    public Pairing(EntryTable bases, EntryTable target)
    {
        (_bases, _target) = (bases, target);
        Bodies = new EntryChains(BodyKeys(bases));
        Paths = new EntryChains(bases.Paths);
        Like = new int[target.Count];
        IsSame = new bool[target.Count];
        for (int i = 0; i < target.Count; i++)
        {
            Like[i] = Same(i);
            IsSame[i] = Like[i] != None;
            if (IsSame[i])
            {
                _direction = Like[i] == _last - 1 ? -1 : Like[i] == _last + 1 ? 1 : _direction;
                _last = Like[i];
            }
            else
            {
                Like[i] = SamePath(i);
            }
        }
    }

    /// <summary>For each target entry the number of a base's, or <see cref="None"/>.</summary>
    public int[] Like { get; }

    /// <summary>Whether the bodies are the same.</summary>
    public bool[] IsSame { get; }

    /// <summary>The bases' entries by half of the hash of their bodies.</summary>
    public EntryChains Bodies { get; }

    /// <summary>The bases' entries by their paths.</summary>
    public EntryChains Paths { get; }

    private static ulong[] BodyKeys(EntryTable table)
    {
        ulong[] keys = new ulong[table.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = (ulong)table.Hashes[i];
        }

        return keys;
    }

    private int Same(int target)
        => Fits(_last + _direction, target) ? _last + _direction
            : Fits(_last - _direction, target) ? _last - _direction
            : _target.Lengths[target] > 0 ? SameBody(target) : SameEmpty(target);

    /// <summary>Entries without bodies are all the same: only names tell which belong together.</summary>
    private bool Fits(int entry, int target)
        => entry >= 0 && entry < _bases.Count && _last != None && HasSameBody(entry, target)
            && (_target.Lengths[target] > 0 || (_bases.Types[entry] == _target.Types[target] && _bases.LastNames[entry] == _target.LastNames[target]));

    private bool HasSameBody(int entry, int target) => _bases.Lengths[entry] == _target.Lengths[target] && _bases.Hashes[entry] == _target.Hashes[target];

    private int SameBody(int target)
    {
        int best = None;
        int tries = 0;
        for (int entry = Bodies.First((ulong)_target.Hashes[target]); entry >= 0 && tries < MaxCandidates; entry = Bodies.Next(entry), tries++)
        {
            if (HasSameBody(entry, target) && (best == None || Nearness(entry, target) < Nearness(best, target)))
            {
                best = entry;
            }
        }

        return best;
    }

    /// <summary>The same path is nearest; then the same last name; then whatever is not far from the last one.</summary>
    private long Nearness(int entry, int target)
        => _bases.Paths[entry] == _target.Paths[target] ? 0
            : (_bases.LastNames[entry] == _target.LastNames[target] ? 1L : 1L << 40) + Math.Abs((long)entry - _last);

    private int SameEmpty(int target)
    {
        int best = None;
        for (int entry = Paths.First(_target.Paths[target]); entry >= 0; entry = Paths.Next(entry))
        {
            // The last layer that has it is what was seen.
            best = HasSameBody(entry, target) && _bases.Types[entry] == _target.Types[target] ? entry : best;
        }

        return best;
    }

    private int SamePath(int target)
    {
        int best = None;
        for (int entry = Paths.First(_target.Paths[target]); entry >= 0; entry = Paths.Next(entry))
        {
            best = entry;
        }

        return best;
    }
}
