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
                if (node == _end || node >= Window)
                {
                    Trace(node);
                    return;
                }

                Settle(node);
            }

            _finder.Find(plain, at + node);
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

    /// <summary>A match that is long enough is taken without asking what it costs.</summary>
    private bool TakeLongest(ReadOnlySpan<byte> plain, int at, int index)
    {
        int distance = -1, length = 0, limit = Math.Min(plain.Length - at, MaxMatch);
        for (int i = 0; i < 4 && distance < 0 && limit >= _niceLength; i++)
        {
            int rep = _nodes[index].State.Rep(i);
            length = Same(plain, at, rep, limit);
            distance = length >= _niceLength ? rep : -1;
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
        ref Node node = ref _nodes[index];
        int number = node.State.Number, positionState = at & _coder.PositionMask, behind = MinMatch, first = MinMatch;
        int price = _nodePrices[index] + _prices.Flag(IsMatch + (number << 4) + positionState, 1) + _prices.Flag(IsRep + number, 1);
        int limit = Math.Min(plain.Length - at, MaxMatch);
        ReadOnlySpan<int> lengthPrices = _prices.RepLengths(positionState);
        for (int i = 0; i < 4; i++)
        {
            int distance = node.State.Rep(i), longest = Same(plain, at, distance, limit);
            if (longest < MinMatch)
            {
                continue;
            }

            behind = i == 0 ? longest + 1 : behind;
            int ofRep = price + _prices.Rep(i, number, positionState);
            for (int length = first + _insides.Left(at + first); length <= longest; length += 1 + _insides.Left(at + length + 1))
            {
                ReachOutside(index + length, ofRep + lengthPrices[length - MinMatch], index, length, distance);
            }

            // What this distance has, those behind it would have for more.
            first = Math.Max(first, longest + 1);
            StepTail(plain, at, index, longest, distance, ofRep + lengthPrices[longest - MinMatch], AfterRep(number));
        }

        return behind;
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
        int length = shortest + _insides.Left(at + shortest);
        for (int i = 0; i < count; i++)
        {
            int longest = _finder.Lengths[i], distance = _finder.Distances[i], lengthState = -1, ofDistance = 0;
            for (; length <= longest; length += 1 + _insides.Left(at + length + 1))
            {
                if (lengthState != LengthState(length))
                {
                    lengthState = LengthState(length);
                    ofDistance = ofMatch + _prices.Distance(distance, lengthState);
                }

                int price = ofDistance + lengthPrices[length - MinMatch];
                ReachOutside(index + length, price, index, length, distance);
                if (length == longest)
                {
                    StepTail(plain, at, index, length, distance, price, AfterMatch(number));
                }
            }
        }
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

    private void Reach(int index, int price, int previous, int length, int distance, int tail)
    {
        if (_insides.Left(_start + index) == 0)
        {
            ReachOutside(index, price, previous, length, distance, tail);
        }
    }

    /// <summary>For a place that is not inside of a run, as whoever calls this knows.</summary>
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
            : MinMatch + plain.Slice(at + MinMatch, limit - MinMatch).CommonPrefixLength(plain.Slice(from + MinMatch, limit - MinMatch));
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
