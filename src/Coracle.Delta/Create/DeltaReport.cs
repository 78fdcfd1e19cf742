namespace Coracle.Delta;

/// <summary>Counts what a delta is made of, and tells of each path.</summary>
internal sealed class DeltaReport
{
    private readonly TargetPlan _plan;
    private readonly Action<DeltaPath>? _onPath;
    private readonly SegmentStreams _streams;
    private readonly DeltaSummary _summary = new();
    private readonly HeaderView _view = new();
    private readonly long[] _plain;
    private long _seen;
    private int _first = -1;
    private int _last;

    public DeltaReport(TargetPlan plan, Action<DeltaPath>? onPath, SegmentStreams streams)
    {
        (_plan, _onPath, _streams) = (plan, onPath, streams);
        _plain = new long[onPath is null ? 0 : plan.Entries.Count];
        OnEntry = onPath is null ? null : Count;
        Summarize();
    }

    /// <summary>To be told of each entry that is written; null where nobody asks.</summary>
    public Action<int>? OnEntry { get; }

    public void StartSegment() => (_seen, _first) = (0, -1);

    public void EndSegment(long packed)
    {
        for (int i = _first; _onPath is not null && i >= 0 && i <= _last; i++)
        {
            bool isComplete = i < _last || _last == _plan.Entries.Count - 1;
            _plain[i] = _seen == 0 ? 0 : _plain[i] * packed / _seen;
            if (isComplete)
            {
                _onPath(Path(_plan.Target, i, Kind(i), _plain[i]));
            }
        }
    }

    public DeltaSummary Finish(int segments, long packed)
    {
        (_summary.Segments, _summary.PackedBytes) = (segments, packed);
        if (_onPath is not null)
        {
            TellRemoved(_onPath);
        }

        return _summary;
    }

    private void TellRemoved(Action<DeltaPath> onPath)
    {
        var paths = new EntryChains(_plan.Entries.Paths);
        for (int layer = 0; layer < _plan.Bases.Count; layer++)
        {
            for (int number = _plan.Table.Starts[layer]; number < _plan.Table.Starts[layer + 1]; number++)
            {
                if (paths.First(_plan.Table.Paths[number]) < 0)
                {
                    onPath(Path(_plan.Bases[layer], number - _plan.Table.Starts[layer], DeltaPathKind.Removed, 0));
                }
            }
        }
    }

    private DeltaPathKind Kind(int entry)
        => _plan.Pairing.IsSame[entry] ? DeltaPathKind.Copied : _plan.IsPatched(entry) ? DeltaPathKind.Patched : DeltaPathKind.New;

    private DeltaPath Path(ILayerSource layer, int entry, DeltaPathKind kind, long packed)
    {
        LayerEntry read = layer[entry];
        _view.Parse(read.Headers);
        return new DeltaPath(_view.Name.ToArray(), kind, read.BodyLength, packed);
    }

    private void Count(int entry)
    {
        _first = _first < 0 ? entry : _first;
        _last = entry;
        long length = _streams.Length;
        _plain[entry] = length - _seen;
        _seen = length;
    }

    private void Summarize()
    {
        for (int i = 0; i < _plan.Entries.Count; i++)
        {
            switch (Kind(i))
            {
                case DeltaPathKind.Copied:
                    _summary.CopiedEntries++;
                    _summary.CopiedBytes += _plan.Entries.Lengths[i];
                    break;
                case DeltaPathKind.Patched:
                    _summary.PatchedEntries++;
                    break;
                default:
                    _summary.NewEntries++;
                    break;
            }

            for (int p = 0; _plan.Pieces[i] is { } pieces && p < pieces.Count; p++)
            {
                foreach (var step in pieces[p].Steps)
                {
                    _summary.AddedBytes += step.AddLength;
                    _summary.LiteralBytes += step.LiteralLength;
                }
            }
        }
    }
}
