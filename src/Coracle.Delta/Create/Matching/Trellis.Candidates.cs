using System.Numerics;

namespace Coracle.Delta;

/// <summary>How alignments get into the trellis: by a seed that the pool has, too, and from there back to where it pays best to begin.</summary>
internal ref partial struct Trellis
{
    /// <summary>Looks the present seed up and lets the most promising of its places in.</summary>
    private void Look()
    {
        if (_target.Length - _at < StepCosts.SeedLength || !IsWorthIt())
        {
            return;
        }

        ReadOnlySpan<int> places = _owner.Index.Places(_target[_at..]);
        int best = -1;
        int bestScore = 0;
        Weigh(Nearest(places, (long)_at + _alignments[_best].Shift), ref best, ref bestScore);
        if (places.Length > StepCosts.Candidates && _likelyShift != _alignments[_best].Shift)
        {
            Weigh(Nearest(places, (long)_at + _likelyShift), ref best, ref bestScore);
        }

        if (best >= 0)
        {
            _lastFound = _at;
            LetIn(best);
        }
    }

    /// <summary>Not where nothing was found for long (a file that is compressed or altogether new), nor where all was found everywhere.</summary>
    private readonly bool IsWorthIt()
        => (_at - _lastFound < StepCosts.Patience || _at % StepCosts.SparseStride < StepCosts.Stride)
            && Work < StepCosts.WorkPerByte * (long)_at + StepCosts.FreeWork;

    private static ReadOnlySpan<int> Nearest(ReadOnlySpan<int> places, long expected)
    {
        if (places.Length <= StepCosts.Candidates)
        {
            return places;
        }

        int found = places.BinarySearch((int)Math.Clamp(expected, 0, int.MaxValue));
        int from = (found < 0 ? ~found : found) - StepCosts.Candidates / 2;
        return places.Slice(Math.Clamp(from, 0, places.Length - StepCosts.Candidates), StepCosts.Candidates);
    }

    private void Weigh(ReadOnlySpan<int> places, ref int best, ref int bestScore)
    {
        Work += places.Length * StepCosts.SeedLength;
        foreach (int place in places)
        {
            int score = Score(place);
            if (score > bestScore)
            {
                (best, bestScore) = (place, score);
            }
        }
    }

    /// <summary>By what follows, differences included; of equal ones the nearest to where we are or to the likely file.</summary>
    private int Score(int place)
    {
        ReadOnlySpan<byte> there = _pool[place..];
        ReadOnlySpan<byte> here = _target[_at..];
        if (!there[..StepCosts.SeedLength].SequenceEqual(here[..StepCosts.SeedLength]) || IsAlive(place - _at))
        {
            return 0;
        }

        uint distance = Math.Min(Distance(_alignments[_best].Shift, place - _at), Distance(_likelyShift, place - _at));
        return 8 * Extend(here, there) - BitOperations.Log2(distance | 1);
    }

    private readonly bool IsAlive(int shift)
    {
        for (int i = 1; i < _count; i++)
        {
            if (_alignments[i].Shift == shift)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The most that bytes which are the same, minus two for each other byte, come to.</summary>
    private int Extend(ReadOnlySpan<byte> here, ReadOnlySpan<byte> there)
    {
        int length = Math.Min(Math.Min(here.Length, there.Length), StepCosts.Forward);
        int score = 0;
        int most = 0;
        int at = 0;
        for (; at < length && score >= most - StepCosts.ForwardDrop; at++)
        {
            score += here[at] == there[at] ? 1 : -2;
            most = Math.Max(most, score);
        }

        Work += at;
        return most;
    }

    private void LetIn(int place)
    {
        (int start, int end) = _owner.FileAt(place);
        int shift = place - _at;
        var alignment = new Alignment { Shift = shift, Until = (int)Math.Min(int.MaxValue, (long)end - shift), Piece = -1 };
        FindEntrance(ref alignment, Math.Max(Math.Max(start - shift, _settled), _at - StepCosts.Back + 1));
        int room = _count < _alignments.Length ? _count++ : DearestAbove(alignment.Cost);
        if (room == New)
        {
            return;
        }

        _alignments[room] = alignment;
        if (alignment.Cost < _alignments[_best].Cost)
        {
            _best = room;
            Enter();
            Remember(_at, 1);
        }
    }

    /// <summary>Where on the cheapest way so far it would have been best to go over: back from the seed, across single differences.</summary>
    private void FindEntrance(ref Alignment alignment, int lowest)
    {
        alignment.Cost = Unreachable;
        bool missed = false;
        int behind = 0;
        int at = _at;
        while (true)
        {
            ref readonly Entrance entrance = ref _entrances[at & (StepCosts.Back - 1)];
            long cost = entrance.Cost + JumpCost(entrance.Shift, alignment.Shift) + behind;
            if (cost < alignment.Cost)
            {
                (alignment.Cost, alignment.Start, alignment.Parent) = (cost, at, entrance.Piece);
            }

            if (--at < lowest)
            {
                break;
            }

            bool misses = _target[at] != _pool[at + alignment.Shift];
            behind += misses ? MissCost(missed) : 0;
            missed = misses;
            if (behind > StepCosts.BackCost)
            {
                break;
            }
        }

        Work += _at - at;
    }

    /// <returns><see cref="New"/> where all are cheaper.</returns>
    private readonly int DearestAbove(long cost)
    {
        int dearest = New;
        for (int i = 1; i < _count; i++)
        {
            if (i != _best && _alignments[i].Cost >= cost)
            {
                (dearest, cost) = (i, _alignments[i].Cost);
            }
        }

        return dearest;
    }

    /// <summary>The cheapest way to be before each of these bytes.</summary>
    private readonly void Remember(int from, int count)
    {
        ref readonly Alignment best = ref _alignments[_best];
        for (int at = from; at < from + count; at++)
        {
            _entrances[at & (StepCosts.Back - 1)] = new Entrance { Cost = best.Cost, Piece = best.Piece, Shift = best.Shift };
        }
    }

    private struct Entrance
    {
        public long Cost;
        public int Piece;
        public int Shift;
    }
}
