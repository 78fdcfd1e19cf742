using System.Runtime.CompilerServices;
using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>Chooses the symbols: the cheapest way, by prices of the model as it is, through the next bytes.</summary>
/// <remarks>
/// Dijkstra on positions, up to a position that every way goes through, a match that is long enough, or the end of the window.
/// Beside literals, matches and the last distances, a step may be one of these (or nothing), a literal, and the same distance once more:
/// that is how programs differ, and the state between is none that a cheapest way would have chosen. (As liblzma and 7-Zip have it.)
/// </remarks>
internal sealed class LzmaParser
{
    private const int Window = 4096;
    private const int LongestStep = MaxMatch + 1 + MaxMatch;

    private const int Nodes = Window + (2 * LongestStep) + 1;

    private readonly Node[] _nodes = new Node[Nodes];
    private readonly int[] _nodePrices = new int[Nodes];
    private readonly int[] _lengths = new int[Nodes];
    private readonly int[] _distances = new int[Nodes];
    private readonly int[] _reps = new int[4];         // the node's last distances,
    private readonly int[] _repLengths = new int[4];   // and how far each goes
    private readonly RunInsides _insides = new();
    private readonly LzmaCoder _coder;
    private readonly LzmaPrices _prices;
    private readonly MatchFinder _finder;
    private int _niceLength;
    private int _symbols;
    private int _start;
    private int _end;

    public LzmaParser(LzmaCoder coder, LzmaPrices prices, MatchFinder finder) => (_coder, _prices, _finder) = (coder, prices, finder);

    /// <summary>Forgets what was chosen.</summary>
    public void Start(in Lzma2Options options)
    {
        (_symbols, _niceLength) = (0, options.NiceLength);
        _insides.Start(options.PassesRuns);
    }

    /// <summary>The next symbol that was chosen, in the words of <see cref="LzmaCoder.Write"/>.</summary>
    public bool Next(out int length, out int distance)
    {
        (length, distance) = (0, 0);
        if (_symbols == 0)
        {
            return false;
        }

        _symbols--;
        (length, distance) = (_lengths[_symbols], _distances[_symbols]);
        return true;
    }

    /// <summary>Chooses symbols for the bytes from <paramref name="at"/> on: at least one.</summary>
    public void Parse(ReadOnlySpan<byte> plain, int at)
    {
        (_nodePrices[0], _nodes[0].State, _start, _end) = (0, _coder.State, at, 0);
        for (int node = 0; ; node++)
        {
            _insides.Cover(plain, at + node + LongestStep + 1);
            if (node > 0)
            {
                node += PassInside(at + node);
                if (_nodePrices[node] == int.MaxValue)
                {
                    // No way leads here: of the places of a run, literals reach those at its front only.
                    _finder.Skip(plain, at + node);
                    continue;
                }

                if (node == _end || node >= Window)
                {
                    Trace(node);
                    return;
                }

                Settle(node);
            }

            _finder.Find(plain, at + node);
            MeasureReps(plain, at + node, node);
            if (TakeLongest(plain, at + node, node))
            {
                return;
            }

            StepByte(plain, at + node, node);
            int behindRep0 = StepReps(plain, at + node, node);
            StepMatches(plain, at + node, node, behindRep0);
        }
    }

    /// <returns>How many positions there are to pass.</returns>
    private int PassInside(int at)
    {
        int left = _insides.Left(at);
        _finder.Pass(left);
        return left;
    }

    /// <summary>The cheapest way to the node is known: so is the state in it.</summary>
    private void Settle(int index)
    {
        ref Node node = ref _nodes[index];
        node.State = _nodes[node.Previous].State;
        node.State.Apply(node.Length, node.Distance);
        if (node.Tail > 0)
        {
            if (node.Length > 0)
            {
                node.State.Apply(0, 0);
            }

            node.State.Apply(node.Tail, node.Distance);
        }
    }

    /// <summary>From the last node back to the first.</summary>
    private void Trace(int index)
    {
        while (index > 0)
        {
            ref Node node = ref _nodes[index];
            index = node.Previous;
            if (node.Tail > 0)
            {
                Push(node.Tail, node.Distance);
                if (node.Length > 0)
                {
                    Push(0, 0);
                }
            }

            Push(node.Length, node.Tail > 0 && node.Length == 0 ? 0 : node.Distance);
        }
    }

    private void Push(int length, int distance)
    {
        (_lengths[_symbols], _distances[_symbols]) = (length, distance);
        _symbols++;
    }

    private void MeasureReps(ReadOnlySpan<byte> plain, int at, int index)
    {
        ref readonly LzmaState state = ref _nodes[index].State;
        int[] reps = _reps, lengths = _repLengths;
        (reps[0], reps[1], reps[2], reps[3]) = (state.Rep0, state.Rep1, state.Rep2, state.Rep3);
        int limit = Math.Min(plain.Length - at, MaxMatch);
        for (int i = 0; i < 4; i++)
        {
            lengths[i] = Same(plain, at, reps[i], limit);
        }
    }

    /// <summary>A match that is long enough is taken without asking what it costs.</summary>
    private bool TakeLongest(ReadOnlySpan<byte> plain, int at, int index)
    {
        int distance = -1, length = 0;
        for (int i = 0; i < 4 && distance < 0; i++)
        {
            (length, distance) = _repLengths[i] >= _niceLength ? (_repLengths[i], _reps[i]) : (0, -1);
        }

        if (distance < 0 && _finder.Count > 0 && _finder.Lengths[_finder.Count - 1] >= _niceLength)
        {
            (length, distance) = (_finder.Lengths[_finder.Count - 1], _finder.Distances[_finder.Count - 1]);
        }

        if (distance < 0)
        {
            return false;
        }

        Push(length, distance);
        Trace(index);
        _insides.Cover(plain, at + length);
        for (int end = at++ + length; at < end;)
        {
            int left = Math.Min(_insides.Left(at), end - at);
            _finder.Pass(left);
            at += left;
            if (at < end)
            {
                _finder.Skip(plain, at++);
            }
        }

        return true;
    }

    private void StepByte(ReadOnlySpan<byte> plain, int at, int index)
    {
        ref Node node = ref _nodes[index];
        int number = node.State.Number, rep0 = node.State.Rep0;
        int isMatch = IsMatch + (number << 4) + (at & _coder.PositionMask);
        int matched = rep0 < at ? plain[at - rep0 - 1] : -1;
        int start = _coder.LiteralStart(at, at > 0 ? plain[at - 1] : (byte)0);
        int price = _nodePrices[index] + _prices.Flag(isMatch, 0) + _prices.Literal(start, plain[at], number >= FirstStateAfterMatch ? matched : -1);
        Reach(index + 1, price, index, 0, 0, 0);
        if (matched != plain[at])
        {
            StepTail(plain, at, index, 0, rep0, _nodePrices[index], number);
            return;
        }

        price = _nodePrices[index] + _prices.Flag(isMatch, 1) + _prices.Flag(IsRep + number, 1) + _prices.Flag(IsRep0 + number, 0)
            + _prices.Flag(IsRep0Long + isMatch - IsMatch, 0);
        Reach(index + 1, price, index, 1, rep0, 0);
    }

    /// <returns>The shortest length that a match is worth: what the last distance has, it has for less.</returns>
    private int StepReps(ReadOnlySpan<byte> plain, int at, int index)
    {
        int number = _nodes[index].State.Number, positionState = at & _coder.PositionMask, first = MinMatch;
        int price = _nodePrices[index] + _prices.Flag(IsMatch + (number << 4) + positionState, 1) + _prices.Flag(IsRep + number, 1);
        for (int i = 0; i < 4; i++)
        {
            int distance = _reps[i], longest = _repLengths[i];
            if (longest < MinMatch)
            {
                continue;
            }

            int ofRep = price + _prices.Rep(i, number, positionState);
            ReachAll(at, index, first, longest, distance, ofRep, _prices.RepLengths(positionState));

            // What this distance has, those behind it would have for more.
            first = Math.Max(first, longest + 1);
            StepTail(plain, at, index, longest, distance, ofRep + _prices.RepLengthOf(longest, positionState), AfterRep(number));
        }

        return Math.Max(MinMatch, _repLengths[0] + 1);
    }

    private void StepMatches(ReadOnlySpan<byte> plain, int at, int index, int shortest)
    {
        int count = _finder.Count;
        if (count == 0 || _finder.Lengths[count - 1] < shortest)
        {
            return;
        }

        int number = _nodes[index].State.Number, positionState = at & _coder.PositionMask;
        int ofMatch = _nodePrices[index] + _prices.Flag(IsMatch + (number << 4) + positionState, 1) + _prices.Flag(IsRep + number, 0);
        ReadOnlySpan<int> lengthPrices = _prices.MatchLengths(positionState);
        for (int i = 0; i < count; i++)
        {
            int longest = _finder.Lengths[i], distance = _finder.Distances[i];
            if (longest < shortest)
            {
                continue;
            }

            for (; shortest < Math.Min(longest + 1, MinMatch + LengthStates - 1); shortest++)
            {
                Reach(index + shortest, ofMatch + _prices.Distance(distance, shortest - MinMatch) + lengthPrices[shortest - MinMatch], index, shortest, distance, 0);
            }

            ReachAll(at, index, shortest, longest, distance, ofMatch + _prices.Distance(distance, LengthStates - 1), lengthPrices);
            shortest = longest + 1;
            if (_insides.Left(at + longest) == 0)
            {
                int price = ofMatch + _prices.Distance(distance, LengthState(longest)) + lengthPrices[longest - MinMatch];
                StepTail(plain, at, index, longest, distance, price, AfterMatch(number));
            }
        }
    }

    /// <summary>Places at all these lengths behind the node, but for the insides of runs.</summary>
    /// <param name="price">Without the length's.</param>
    private void ReachAll(int at, int index, int length, int longest, int distance, int price, ReadOnlySpan<int> lengthPrices)
    {
        if (length > longest)
        {
            return;
        }

        Span<int> prices = _nodePrices.AsSpan(index, longest + 1);
        Span<Node> nodes = _nodes.AsSpan(index, longest + 1);
        int end = _end - index;
        for (length += _insides.Left(at + length); length < prices.Length; length += 1 + _insides.Left(at + length + 1))
        {
            int ofLength = price + lengthPrices[length - MinMatch];
            if (length > end)
            {
                prices[(end + 1)..(length + 1)].Fill(int.MaxValue);
                end = length;
            }

            if (ofLength < prices[length])
            {
                prices[length] = ofLength;
                ref Node node = ref nodes[length];
                (node.Previous, node.Length, node.Distance, node.Tail) = (index, length, distance, 0);
            }
        }

        _end = index + end;
    }

    /// <summary>Behind so many bytes a literal, and then the same distance.</summary>
    /// <param name="price">Up to the literal.</param>
    /// <param name="number">Of the state before the literal.</param>
    private void StepTail(ReadOnlySpan<byte> plain, int at, int index, int length, int distance, int price, int number)
    {
        int next = at + length;
        int tail = Same(plain, next + 1, distance, Math.Min(plain.Length - next - 1, MaxMatch));
        if (tail < MinMatch)
        {
            return;
        }

        int start = _coder.LiteralStart(next, next > 0 ? plain[next - 1] : (byte)0);
        price += _prices.Flag(IsMatch + (number << 4) + (next & _coder.PositionMask), 0)
            + _prices.Literal(start, plain[next], number >= FirstStateAfterMatch ? plain[next - distance - 1] : -1);
        number = AfterLiteral(number);
        int positionState = (next + 1) & _coder.PositionMask;
        price += _prices.Flag(IsMatch + (number << 4) + positionState, 1) + _prices.Flag(IsRep + number, 1)
            + _prices.Rep(0, number, positionState) + _prices.RepLengthOf(tail, positionState);
        Reach(index + length + 1 + tail, price, index, length, distance, tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reach(int index, int price, int previous, int length, int distance, int tail)
    {
        if (_insides.Left(_start + index) == 0)
        {
            ReachOutside(index, price, previous, length, distance, tail);
        }
    }

    /// <summary>For a place that is not inside of a run, as whoever calls this knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReachOutside(int index, int price, int previous, int length, int distance, int tail = 0)
    {
        int[] prices = _nodePrices;
        while (_end < index)
        {
            prices[++_end] = int.MaxValue;
        }

        if (price < prices[index])
        {
            prices[index] = price;
            ref Node node = ref _nodes[index];
            (node.Previous, node.Length, node.Distance, node.Tail) = (previous, length, distance, tail);
        }
    }

    /// <summary>How many bytes are the same as those so far back; 0 where that is before the beginning.</summary>
    private static int Same(ReadOnlySpan<byte> plain, int at, int distance, int limit)
    {
        int from = at - distance - 1;
        return limit < MinMatch || from < 0 || plain[at] != plain[from] || plain[at + 1] != plain[from + 1] ? 0
            : CommonBytes.Count(plain.Slice(at, limit), plain.Slice(from, limit), MinMatch);
    }

    private struct Node
    {
        public int Previous;
        public int Length;
        public int Distance;
        public int Tail;
        public LzmaState State;
    }
}
