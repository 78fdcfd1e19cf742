using System.Numerics;

namespace Coracle.Delta;

/// <summary>
/// Finds the cheapest way to make a target: at each byte a few alignments (pool offset minus target offset) are alive, each with what
/// the target has cost so far if it is now in this one. The cheapest goes on; all others can be entered from it, at the price of a jump.
/// </summary>
/// <remarks>
/// This is Viterbi's algorithm with a bounded number of states. bsdiff weighs two alignments, at the place where it finds a longer exact
/// match; here what differences and jumps cost decides, and the decision waits for what comes.
/// </remarks>
internal ref partial struct Trellis
{
    /// <summary>The place of new bytes among the alignments.</summary>
    private const int New = 0;

    private const long Unreachable = long.MaxValue;

    private readonly MatchPool _owner;
    private readonly ReadOnlySpan<byte> _pool;
    private readonly ReadOnlySpan<byte> _target;
    private readonly Alignment[] _alignments = new Alignment[StepCosts.Width + 1];
    private readonly Entrance[] _entrances = new Entrance[StepCosts.Back];
    private readonly PatchPath _path;
    private readonly byte[] _differences = new byte[256];
    private readonly int _likelyShift;
    private readonly int _literalCost;
    private readonly int _knownGain;
    private int _count = 1;
    private int _best;
    private int _at;
    private int _settled;
    private int _lastFound;

    /// <param name="likelyAt">Where the old file of the same path begins in the pool; -1 if there is none.</param>
    public Trellis(MatchPool owner, ReadOnlySpan<byte> target, int likelyAt)
    {
        _owner = owner;
        _pool = owner.Bytes;
        _target = target;
        _path = new PatchPath(owner);
        bool isText = !target[..Math.Min(target.Length, StepCosts.TextProbe)].Contains((byte)0);
        _literalCost = isText ? StepCosts.TextLiteral : StepCosts.Literal;
        _knownGain = isText ? 0 : StepCosts.KnownMiss;
        _likelyShift = Math.Max(likelyAt, 0);
        _alignments[New] = new Alignment { Shift = _likelyShift, Until = int.MaxValue, Parent = -1, Piece = -1 };
        if (likelyAt >= 0 && likelyAt < _pool.Length)
        {
            _best = _count++;
            _alignments[_best] = new Alignment { Shift = likelyAt, Until = _owner.FileAt(likelyAt).End - likelyAt, Parent = -1, Piece = -1 };
        }
    }

    /// <summary>Bytes compared in searches, those of seeds included.</summary>
    /// <remarks>At most <see cref="StepCosts.WorkPerByte"/> for each byte of the target, <see cref="StepCosts.FreeWork"/>, and one search.</remarks>
    public long Work { get; private set; }

    public PatchStep[] Run()
    {
        Remember(0, 1);
        while (_at < _target.Length)
        {
            int run = RunOfBest();
            if (run >= StepCosts.LongRun)
            {
                Skip(run);
                continue;
            }

            Look();
            Advance();
            if (_path.IsFull)
            {
                Settle();
            }
        }

        Settle();
        return _path.ToSteps();
    }

    private readonly int RunOfBest()
    {
        ref readonly Alignment best = ref _alignments[_best];
        int length = Math.Min(best.Until, _target.Length) - _at;
        return _best == New || length <= 0 ? 0 : _target.Slice(_at, length).CommonPrefixLength(_pool.Slice(_at + best.Shift, length));
    }

    /// <summary>Over bytes that are the same in the cheapest alignment: whoever differs there can as well be entered behind them.</summary>
    private void Skip(int run)
    {
        ReadOnlySpan<byte> piece = _target.Slice(_at, run);
        for (int i = 0; i < _count; i++)
        {
            ref Alignment other = ref _alignments[i];
            if (i != _best && (i == New || _at + run > other.Until || !piece.SequenceEqual(_pool.Slice(_at + other.Shift, run))))
            {
                other.Cost = Unreachable;
            }
        }

        _alignments[_best].Missed = false;
        _at += run;
        _lastFound = _at;
        Enter();
        int remembered = Math.Min(run, StepCosts.Back);
        Remember(_at - remembered + 1, remembered);
    }

    private void Advance()
    {
        byte value = _target[_at];
        _alignments[New].Cost += _literalCost;
        int best = New;
        for (int i = 1; i < _count; i++)
        {
            if (_at >= _alignments[i].Until)
            {
                Drop(i--);
                continue;
            }

            ref Alignment alignment = ref _alignments[i];
            Pay(ref alignment, (byte)(value - _pool[_at + alignment.Shift]));
            if (alignment.Cost < _alignments[best].Cost || (alignment.Cost == _alignments[best].Cost && i == _best))
            {
                best = i;
            }
        }

        _best = best;
        if (_alignments[best].Missed)
        {
            _differences[_alignments[best].DifferenceBefore] = _alignments[best].Difference;
        }

        _at++;
        Enter();
        Remember(_at, 1);
    }

    /// <summary>The last one takes its place.</summary>
    private void Drop(int alignment)
    {
        _alignments[alignment] = _alignments[--_count];
        if (_best == _count)
        {
            _best = alignment;
        }
    }

    private readonly void Pay(ref Alignment alignment, byte difference)
    {
        if (difference != 0)
        {
            alignment.Cost += MissCost(alignment.Missed) - (_differences[alignment.Difference] == difference ? _knownGain : 0);
            alignment.DifferenceBefore = alignment.Difference;
            alignment.Difference = difference;
        }

        alignment.Missed = difference != 0;
    }

    private static int MissCost(bool missedBefore) => missedBefore ? StepCosts.NextMiss : StepCosts.FirstMiss;

    /// <summary>Whoever is dearer than the way through the cheapest is entered from there.</summary>
    private readonly void Enter()
    {
        ref Alignment best = ref _alignments[_best];
        if (best.Piece < 0)
        {
            best.Piece = _path.Add(best.Start, _best == New ? PatchPath.NewBytes : best.Shift, best.Parent);
        }

        for (int i = 0; i < _count; i++)
        {
            ref Alignment other = ref _alignments[i];
            if (other.Cost < best.Cost + StepCosts.ToLiteral)
            {
                continue; // nothing is entered for less
            }

            long entered = best.Cost + (i == New ? StepCosts.ToLiteral : JumpCost(best.Shift, other.Shift));
            if (i != _best && other.Cost >= entered)
            {
                other.Cost = entered;
                other.Start = _at;
                other.Parent = best.Piece;
                other.Piece = -1;
                other.Missed = false;
                other.Shift = i == New ? best.Shift : other.Shift;
            }
        }
    }

    private static int JumpCost(int from, int to)
        => from == to ? StepCosts.Return : StepCosts.Jump + StepCosts.JumpBit * (1 + BitOperations.Log2(Distance(from, to)));

    private static uint Distance(int from, int to) => (uint)Math.Abs((long)to - from);

    /// <summary>Takes the cheapest way for decided, and forgets how the others came here.</summary>
    private void Settle()
    {
        _path.Settle(_alignments[_best].Piece, _at);
        for (int i = 0; i < _count; i++)
        {
            ref Alignment alignment = ref _alignments[i];
            alignment.Cost = i == _best ? alignment.Cost : Unreachable;
            alignment.Piece = -1;
            alignment.Parent = -1;
            alignment.Start = _at;
        }

        _settled = _at;
        Enter();
        Remember(_at, 1);
    }
}
