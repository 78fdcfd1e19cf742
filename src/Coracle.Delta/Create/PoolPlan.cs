namespace Coracle.Delta;

/// <summary>Which old files new ones are looked for in, and in which company.</summary>
internal sealed class PoolPlan
{
    /// <summary>New files are looked for in parts of this length.</summary>
    private const int TargetLength = 16 << 20;

    /// <summary>Bytes for each byte of a pool, the byte and its index.</summary>
    private const int MemoryPerByte = 7;

    private const int MinPool = 1 << 20;

    /// <summary>A layer of which this part is in the target, or the other way round, is an older form of it: its removed files may live on in new ones.</summary>
    private const int RelatedPart = 10;

    private const int MaxNamesakes = 4;

    private readonly EntryTable _bases;
    private readonly EntryTable _target;
    private readonly Pairing _pairing;
    private readonly bool[] _isWanted;
    private readonly PoolPiece?[] _pieces;
    private readonly int _poolLength;

    public PoolPlan(EntryTable bases, EntryTable target, Pairing pairing, DeltaOptions options)
    {
        (_bases, _target, _pairing) = (bases, target, pairing);
        (_isWanted, _pieces) = (new bool[bases.Count], new PoolPiece?[bases.Count]);
        _poolLength = (int)Math.Clamp((options.MemoryBytes - ((long)options.Threads * TargetLength)) / MemoryPerByte, MinPool, int.MaxValue / 2);
        WantNamesakes();
        WantRelated();
        Gather();
        Distribute();
    }

    public List<PoolGroup> Groups { get; } = [];

    /// <summary>For each target entry that is not the same as an old one, its parts; else null.</summary>
    public List<TargetPiece>?[] Pieces { get; private set; } = [];

    private bool IsNew(int target) => _target.Lengths[target] > 0 && !_pairing.IsSame[target];

    private void WantNamesakes()
    {
        EntryChains? names = null;
        for (int i = 0; i < _target.Count; i++)
        {
            if (!IsNew(i))
            {
                continue;
            }

            if (_pairing.Like[i] >= 0)
            {
                _isWanted[_pairing.Like[i]] = true;
                continue;
            }

            names ??= new EntryChains(NameKeys());
            int tries = 0;
            for (int entry = names.First(_target.LastNames[i]); entry >= 0 && tries < MaxNamesakes; entry = names.Next(entry), tries++)
            {
                _isWanted[entry] = true;
            }
        }
    }

    private ulong[] NameKeys()
    {
        ulong[] keys = new ulong[_bases.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = _bases.Lengths[i] > 0 ? _bases.LastNames[i] : 0;
        }

        return keys;
    }

    private void WantRelated()
    {
        int layers = _bases.Starts.Length - 1;
        int[] like = new int[layers];
        bool[] isUsed = new bool[_bases.Count];
        for (int i = 0; i < _target.Count; i++)
        {
            if (_pairing.Like[i] is var number and >= 0)
            {
                like[_bases.Layer(number)]++;
                isUsed[number] |= _pairing.IsSame[i];
            }
        }

        for (int layer = 0; layer < layers; layer++)
        {
            int count = _bases.Starts[layer + 1] - _bases.Starts[layer];
            bool isRelated = layers == 1 || like[layer] * RelatedPart >= Math.Min(count, _target.Count);
            for (int i = _bases.Starts[layer]; i < _bases.Starts[layer + 1]; i++)
            {
                _isWanted[i] = _bases.Lengths[i] > 0 && (_isWanted[i] || isRelated) && !isUsed[i];
            }
        }
    }

    /// <summary>In the bases' order, so that neighbours stay together where there is more than one group.</summary>
    private void Gather()
    {
        var group = new PoolGroup();
        Groups.Add(group);
        for (int i = 0; i < _bases.Count; i++)
        {
            if (!_isWanted[i] || HasTwinBefore(i))
            {
                continue;
            }

            for (long offset = 0; offset < _bases.Lengths[i]; offset += _poolLength)
            {
                int length = (int)Math.Min(_poolLength, _bases.Lengths[i] - offset);
                if (group.Length > 0 && group.Length + length > _poolLength)
                {
                    Groups.Add(group = new PoolGroup());
                }

                var piece = new PoolPiece(i, offset, length) { Group = Groups.Count - 1 };
                _pieces[i] ??= piece;
                group.Add(piece);
            }
        }
    }

    private bool HasTwinBefore(int number)
    {
        int twin = _pairing.Bodies.First((ulong)_bases.Hashes[number]);
        while (twin >= 0 && twin < number && !(_isWanted[twin] && _bases.Hashes[twin] == _bases.Hashes[number]))
        {
            twin = _pairing.Bodies.Next(twin);
        }

        return twin >= 0 && twin < number;
    }

    /// <summary>Each new file goes where the old one of its path is, else where its neighbour is.</summary>
    private void Distribute()
    {
        Pieces = new List<TargetPiece>?[_target.Count];
        int group = 0;
        for (int i = 0; i < _target.Count; i++)
        {
            if (!IsNew(i))
            {
                continue;
            }

            PoolPiece? likely = _pairing.Like[i] >= 0 ? _pieces[_pairing.Like[i]] : null;
            group = likely is null ? group : likely.Group;
            Pieces[i] = [];
            int most = Math.Min(TargetLength, _poolLength); // a part is looked for in one pool: it is not to reach over two
            for (long offset = 0; offset < _target.Lengths[i]; offset += most)
            {
                int length = (int)Math.Min(most, _target.Lengths[i] - offset);
                int at = GroupAt(group, likely, offset);
                var piece = new TargetPiece(i, offset, length, offset == 0 ? likely : null);
                Groups[at].Targets.Add(piece);
                Pieces[i]!.Add(piece);
            }
        }
    }

    /// <summary>Of a file that is in several groups, the one with the same place.</summary>
    private int GroupAt(int group, PoolPiece? likely, long offset)
    {
        while (likely is not null && group + 1 < Groups.Count && Groups[group + 1].Pool[0] is var next && next.Number == likely.Number && next.Offset <= offset)
        {
            group++;
        }

        return group;
    }
}
