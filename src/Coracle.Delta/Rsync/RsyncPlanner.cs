namespace Coracle.Delta;

/// <summary>Finds what of a target the base has.</summary>
/// <remarks>
/// At each place of the target the hash of the block there is looked up; of the blocks of the base with this hash the one that goes on
/// longest is taken, after a comparison, and grown in both directions byte by byte. Memory: 512 KiB of the target, 512 KiB of the base.
/// </remarks>
public sealed class RsyncPlanner
{
    private readonly RsyncIndex _index;
    private readonly BasePages _base;
    private readonly TargetWindow _target;
    private readonly RsyncPlan _plan = new();
    private long _planned;

    // Where the base would stand if the target went on beside it as it did in the last copy.
    private long _beside;

    private RsyncPlanner(RsyncIndex index, Stream baseBytes, Stream target)
        => (_index, _base, _target) = (index, new BasePages(baseBytes), new TargetWindow(target));

    /// <param name="index">Of this base.</param>
    /// <param name="baseBytes">Seekable. Not owned, nor is the target.</param>
    /// <param name="target">Read once, to its end.</param>
    public static RsyncPlan Plan(RsyncIndex index, Stream baseBytes, Stream target, CancellationToken cancellationToken)
        => new RsyncPlanner(index, baseBytes, target).Run(cancellationToken);

    private RsyncPlan Run(CancellationToken cancellationToken)
    {
        while (_target.Fill(_index.BlockLength))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryFind(_target.Ahead, out int at, out long place))
            {
                _target.Advance(_target.Ahead.Length - _index.BlockLength + 1);
                continue;
            }

            _target.Advance(at);
            Take(place);
        }

        _target.Advance(_target.Ahead.Length);
        if (_target.Position > _planned)
        {
            _plan.Literal(_target.Position - _planned);
        }

        _plan.Complete();
        return _plan;
    }

    private bool TryFind(ReadOnlySpan<byte> ahead, out int at, out long place)
    {
        at = 0;
        ulong hash = RsyncIndex.Hash(ahead[.._index.BlockLength]);
        while ((at = _index.NextCandidate(ahead, at, ref hash)) >= 0)
        {
            place = Best(ahead[at..], hash, _beside + at + (_target.Position - _planned));
            if (place >= 0)
            {
                return true;
            }

            if (at + _index.BlockLength == ahead.Length)
            {
                break;
            }

            hash = _index.Roll(hash, ahead[at], ahead[at + _index.BlockLength]);
            at++;
        }

        place = -1;
        return false;
    }

    /// <returns>Where the base has the block and the most of what follows; -1 where it does not have it.</returns>
    private long Best(ReadOnlySpan<byte> ahead, ulong hash, long beside)
    {
        long best = -1;
        int longest = _index.BlockLength - 1;
        if (beside + _index.BlockLength <= _base.Length && _base.CommonAhead(beside, ahead) is int same && same > longest)
        {
            (best, longest) = (beside, same);
        }

        for (int block = _index.Next(hash, -1); block >= 0; block = _index.Next(hash, block))
        {
            long place = (long)block * _index.BlockLength;
            int common = _base.CommonAhead(place, ahead);
            if (common > longest)
            {
                (best, longest) = (place, common);
            }
        }

        return best;
    }

    /// <summary>Plans the copy that is at the target's place, grown as far as it goes, and the literal before it.</summary>
    private void Take(long place)
    {
        ReadOnlySpan<byte> open = _target.Seen;
        int mayGrow = (int)Math.Min(open.Length, _target.Position - _planned);
        int before = _base.CommonBehind(place, open[^mayGrow..]);
        if (_target.Position - before > _planned)
        {
            _plan.Literal(_target.Position - before - _planned);
        }

        long length = before;
        for (int same = -1; same != 0 && _target.Fill(1); length += same)
        {
            same = _base.CommonAhead(place + length - before, _target.Ahead);
            _target.Advance(same);
        }

        _plan.Copy(place - before, length);
        (_planned, _beside) = (_target.Position, place + length - before);
    }
}
