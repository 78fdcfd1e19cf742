using System.Numerics;

namespace Coracle.Delta;

/// <summary>
/// Finds the cheapest way to make a target: at each byte, a few alignments (pool offset minus target offset) are alive, each with
/// what the target has cost so far if it is now in this one; the cheapest goes on, the others may be entered from it at a price.
/// </summary>
/// <remarks>
/// This is Viterbi's algorithm with a bounded number of states. bsdiff decides between two alignments only, at the place where it finds
/// a longer match; here the costs of differences and jumps decide, and a decision may wait for what comes.
/// </remarks>
internal ref struct Trellis
{
    private readonly MatchPool _owner;
    private readonly ReadOnlySpan<byte> _pool;
    private readonly ReadOnlySpan<byte> _target;
    private readonly Alignment[] _alignments = new Alignment[StepCosts.Width + 1];
    private readonly Entrance[] _entrances = new Entrance[StepCosts.Back];
    private readonly PatchPath _path;
    private readonly int _likelyShift;
    private readonly int _literal;
    private readonly int _known;
    private readonly byte[] _differences = new byte[256];
    private int _count;
    private int _best;
    private int _at;
    private int _settled;

    public Trellis(MatchPool owner, ReadOnlySpan<byte> target, int likelyAt)
    {
        _owner = owner;
        _pool = owner.Bytes;
        _target = target;
        _path = new PatchPath(owner);
        bool isText = target[..Math.Min(target.Length, StepCosts.TextProbe)].IndexOf((byte)0) < 0;
        _literal = isText ? StepCosts.TextLiteral : StepCosts.Literal;
        _known = isText ? 0 : StepCosts.KnownMiss;
        _alignments[0] = new Alignment { Until = int.MaxValue, Parent = -1, Node = -1, Shift = Math.Max(likelyAt, 0) };
        _count = 1;
        _likelyShift = Math.Max(likelyAt, 0);
        if (likelyAt >= 0 && likelyAt < _pool.Length)
        {
            (_, int end) = owner.FileAt(likelyAt);
            _alignments[_count++] = new Alignment { Shift = likelyAt, Until = end - likelyAt, Parent = -1, Node = -1 };
            _best = 1;
        }
    }

    /// <summary>What <see cref="Work"/> is at most for each byte of a target.</summary>
    public const int MaxWorkPerByte = 2 * 8 + 256;

    /// <summary>Places of seeds weighed and bytes walked back over.</summary>
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

            if (_target.Length - _at >= sizeof(ulong))
            {
                Look();
            }

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
        if (_best == 0)
        {
            return 0;
        }

        int length = Math.Min(best.Until, _target.Length) - _at;
        return length <= 0 ? 0 : _target.Slice(_at, length).CommonPrefixLength(_pool.Slice(_at + best.Shift, length));
    }

    /// <summary>Over bytes that are the same in the cheapest alignment: who is not the same there, too, can as well be entered behind them.</summary>
    private void Skip(int run)
    {
        ReadOnlySpan<byte> piece = _target.Slice(_at, run);
        for (int k = 1; k < _count; k++)
        {
            ref Alignment other = ref _alignments[k];
            if (k != _best && !(_at + run <= other.Until && piece.SequenceEqual(_pool.Slice(_at + other.Shift, run))))
            {
                other.Cost = long.MaxValue;
            }
        }

        _alignments[0].Cost = long.MaxValue;
        _alignments[_best].Missed = false;
        _at += run;
        Enter();
        Remember(_at - Math.Min(run, StepCosts.Back) + 1, Math.Min(run, StepCosts.Back));
    }

    private void Advance()
    {
        byte value = _target[_at];
        _alignments[0].Cost += _literal;
        long least = _alignments[0].Cost;
        int best = 0;
        for (int k = 1; k < _count; k++)
        {
            ref Alignment alignment = ref _alignments[k];
            if (_at >= alignment.Until)
            {
                alignment = _alignments[--_count];
                if (_best == _count) { _best = k; }
                k--;
                continue;
            }

            if (_pool[_at + alignment.Shift] == value)
            {
                alignment.Missed = false;
            }
            else
            {
                byte difference = (byte)(value - _pool[_at + alignment.Shift]);
                int cost = alignment.Missed ? StepCosts.NextMiss : StepCosts.FirstMiss;
                if (_differences[alignment.Difference] == difference) { cost -= _known; }
                alignment.Cost += cost;
                alignment.Missed = true;
                alignment.Before = alignment.Difference;
                alignment.Difference = difference;
            }

            if (alignment.Cost < least || (alignment.Cost == least && k == _best))
            {
                (least, best) = (alignment.Cost, k);
            }
        }

        _best = best;
        _at++;
        if (best > 0 && _alignments[best].Missed) { _differences[_alignments[best].Before] = _alignments[best].Difference; }
        Enter();
        Remember(_at, 1);
    }

    /// <summary>Whoever is dearer than a way through the cheapest is entered from there.</summary>
    private readonly void Enter()
    {
        ref Alignment best = ref _alignments[_best];
        if (best.Node < 0)
        {
            best.Node = _path.Add(best.Start, _best == 0 ? PatchPath.LiteralShift : best.Shift, best.Parent);
        }

        for (int k = 0; k < _count; k++)
        {
            if (k == _best)
            {
                continue;
            }

            ref Alignment other = ref _alignments[k];
            long entered = best.Cost + (k == 0 ? StepCosts.ToLiteral : Jump(best.Shift, other.Shift));
            if (other.Cost >= entered)
            {
                other.Cost = entered;
                other.Start = _at;
                other.Parent = best.Node;
                other.Node = -1;
                other.Missed = false;
                if (k == 0)
                {
                    other.Shift = best.Shift;
                }
            }
        }
    }

    private static int Jump(int from, int to)
    {
        if (from == to)
        {
            return StepCosts.Return;
        }

        long distance = (long)to - from;
        return StepCosts.Jump + StepCosts.JumpBit * (64 - BitOperations.LeadingZeroCount((ulong)Math.Abs(distance)));
    }

    private readonly void Remember(int from, int count)
    {
        ref readonly Alignment best = ref _alignments[_best];
        for (int at = from; at < from + count; at++)
        {
            _entrances[at & (StepCosts.Back - 1)] = new Entrance { Cost = best.Cost, Node = best.Node, Shift = best.Shift };
        }
    }

    /// <summary>Finds the seed at this place in the pool and lets the most promising of its places in.</summary>
    private void Look()
    {
        ReadOnlySpan<int> places = _owner.Index.Places(_target[_at..]);
        if (places.Length == 0)
        {
            return;
        }

        int bestScore = 0;
        int bestPlace = -1;
        if (places.Length <= StepCosts.Candidates)
        {
            Weigh(places, ref bestScore, ref bestPlace);
        }
        else
        {
            Weigh(Nearest(places, (long)_at + _alignments[_best].Shift), ref bestScore, ref bestPlace);
            if (_likelyShift != _alignments[_best].Shift)
            {
                Weigh(Nearest(places, (long)_at + _likelyShift), ref bestScore, ref bestPlace);
            }
        }

        if (bestPlace >= 0)
        {
            LetIn(bestPlace);
        }
    }

    private static ReadOnlySpan<int> Nearest(ReadOnlySpan<int> places, long expected)
    {
        int found = places.BinarySearch((int)Math.Clamp(expected, 0, int.MaxValue));
        int from = (found < 0 ? ~found : found) - StepCosts.Candidates / 2;
        return places.Slice(Math.Clamp(from, 0, places.Length - StepCosts.Candidates), StepCosts.Candidates);
    }

    private void Weigh(ReadOnlySpan<int> places, ref int bestScore, ref int bestPlace)
    {
        Work += places.Length;
        foreach (int place in places)
        {
            int score = Score(place);
            if (score > bestScore)
            {
                (bestScore, bestPlace) = (score, place);
            }
        }
    }

    private readonly int Score(int place)
    {
        ReadOnlySpan<byte> there = _pool[place..];
        ReadOnlySpan<byte> here = _target[_at..];
        if (there.Length < StepCosts.SeedLength || !there[..StepCosts.SeedLength].SequenceEqual(here[..StepCosts.SeedLength]))
        {
            return 0;
        }

        int shift = place - _at;
        for (int k = 1; k < _count; k++)
        {
            if (_alignments[k].Shift == shift)
            {
                return 0;
            }
        }

        int length = Math.Min(Math.Min(here.Length, there.Length), StepCosts.Forward);
        int score = 0;
        int most = 0;
        for (int i = 0; i < length; i++)
        {
            score += here[i] == there[i] ? 1 : -2;
            most = Math.Max(most, score);
            if (score < most - 24) { break; }
        }

        long distance = Math.Min(Math.Abs((long)shift - _alignments[_best].Shift), Math.Abs((long)shift - _likelyShift));
        return most * 8 - (64 - BitOperations.LeadingZeroCount((ulong)distance));
    }

    private void LetIn(int place)
    {
        int shift = place - _at;
        (int start, int end) = _owner.FileAt(place);
        int lowest = Math.Max(Math.Max(start - shift, _settled), _at - StepCosts.Back + 1);
        long most = _alignments[_best].Cost;
        var entered = new Alignment { Shift = shift, Until = (int)Math.Min(int.MaxValue, (long)end - shift), Node = -1, Cost = long.MaxValue };
        long after = 0;
        bool missed = false;
        bool missedLast = false;
        for (int at = _at; at >= lowest; at--)
        {
            if (at < _at)
            {
                bool misses = _target[at] != _pool[at + shift];
                after += misses ? missed ? StepCosts.NextMiss : StepCosts.FirstMiss : 0;
                missed = misses;
                if (at == _at - 1) { missedLast = misses; }
                if (after > StepCosts.BackCost)
                {
                    break;
                }
            }

            ref readonly Entrance entrance = ref _entrances[at & (StepCosts.Back - 1)];
            long cost = entrance.Cost + Jump(entrance.Shift, shift) + after;
            if (cost < entered.Cost)
            {
                (entered.Cost, entered.Start, entered.Parent) = (cost, at, entrance.Node);
                entered.Missed = at < _at && missedLast;
            }
        }

        Work += _at - entered.Start;
        int slot = _count;
        if (_count == _alignments.Length)
        {
            slot = -1;
            long dearest = entered.Cost;
            for (int k = 1; k < _count; k++)
            {
                if (k != _best && _alignments[k].Cost >= dearest)
                {
                    (slot, dearest) = (k, _alignments[k].Cost);
                }
            }

            if (slot < 0) { return; }
        }
        else
        {
            _count++;
        }

        _alignments[slot] = entered;
        if (entered.Cost < most)
        {
            _best = slot;
            Enter();
            Remember(_at, 1);
        }
    }

    /// <summary>Takes the cheapest way for decided.</summary>
    private void Settle()
    {
        ref Alignment best = ref _alignments[_best];
        _path.Settle(best.Node, _at);
        for (int k = 0; k < _count; k++)
        {
            ref Alignment alignment = ref _alignments[k];
            if (k != _best) { alignment.Cost = long.MaxValue; }
            (alignment.Node, alignment.Parent, alignment.Start) = (-1, -1, _at);
        }

        _settled = _at;
        Enter();
        Remember(_at, 1);
    }

    private struct Alignment
    {
        public long Cost;
        public int Shift;
        public int Until;
        public int Start;
        public int Parent;
        public int Node;
        public bool Missed;
        public byte Difference;
        public byte Before;
    }

    private struct Entrance
    {
        public long Cost;
        public int Node;
        public int Shift;
    }
}
