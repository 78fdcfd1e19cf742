namespace Coracle.Tests.Delta.Second;

/// <summary>LZMA, chunk by chunk, into one array; the dictionary is what of it has been written since the last reset.</summary>
internal sealed class SecondLzma(byte[] output, int dictionaryLength)
{
    private readonly int[] _reps = new int[4];
    private LzmaModel _model = new(0);
    private int _state;
    private int _dictionaryStart;
    private int _literalContext;
    private int _literalPosition;
    private int _positionBits;

    public byte[] Output => output;

    public int Written { get; private set; }

    public void ResetDictionary() => _dictionaryStart = Written;

    /// <summary>(pb · 5 + lp) · 9 + lc, with lc + lp at most 4 in LZMA2.</summary>
    public void SetProperties(byte properties)
    {
        RefusedException.Unless(properties < 225, "LZMA: properties out of bounds");
        _literalContext = properties % 9;
        _literalPosition = properties / 9 % 5;
        _positionBits = properties / 45;
        RefusedException.Unless(_literalContext + _literalPosition <= 4, "LZMA: properties out of bounds");
    }

    public void ResetState()
    {
        _model = new LzmaModel(_literalContext + _literalPosition);
        _state = 0;
        Array.Clear(_reps);
    }

    public void Copy(ReadOnlySpan<byte> plain)
    {
        RefusedException.Unless(plain.Length <= output.Length - Written, "LZMA2: more than the plain length");
        plain.CopyTo(output.AsSpan(Written));
        Written += plain.Length;
    }

    public void Decode(ReadOnlySpan<byte> chunk, int length)
    {
        RefusedException.Unless(length <= output.Length - Written, "LZMA2: more than the plain length");
        var bits = new RangeBits(chunk);
        int end = Written + length;
        while (Written < end)
        {
            int position = PositionState;
            if (bits.Bit(ref _model.IsMatch[(_state * LzmaModel.MaxPositionStates) + position]) == 0)
            {
                Literal(ref bits);
            }
            else
            {
                Repeat(Match(ref bits, position), end);
            }
        }

        RefusedException.Unless(bits.IsAtEnd, "LZMA: a chunk is longer than what it gives");
    }

    private int PositionState => (Written - _dictionaryStart) & ((1 << _positionBits) - 1);

    private void Literal(ref RangeBits bits)
    {
        int before = Written > _dictionaryStart ? output[Written - 1] : 0;
        int position = (Written - _dictionaryStart) & ((1 << _literalPosition) - 1);
        ushort[] model = _model.Literals[(position << _literalContext) + (before >> (8 - _literalContext))];
        int symbol = 1;
        if (_state >= 7)
        {
            // Behind a match: as long as the bits are those of the byte that would have gone on with it, they have models of their own.
            int expected = Back(_reps[0]);
            for (int same = 1; symbol < 0x100 && same == 1;)
            {
                int bit = (expected >> 7) & 1;
                expected <<= 1;
                int read = bits.Bit(ref model[((1 + bit) << 8) + symbol]);
                symbol = (symbol << 1) | read;
                same = read == bit ? 1 : 0;
            }
        }

        while (symbol < 0x100)
        {
            symbol = (symbol << 1) | bits.Bit(ref model[symbol]);
        }

        output[Written++] = (byte)symbol;
        _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
    }

    /// <returns>The length; the distance is <c>_reps[0]</c>, less 1.</returns>
    private int Match(ref RangeBits bits, int position)
    {
        if (bits.Bit(ref _model.IsRep[_state]) == 1)
        {
            return Rep(ref bits, position);
        }

        int length = _model.MatchLength.Decode(ref bits, position);
        Rotate(3, Distance(ref bits, length));
        _state = _state < 7 ? 7 : 10;
        return length;
    }

    private int Rep(ref RangeBits bits, int position)
    {
        int which = bits.Bit(ref _model.IsRep0[_state]) == 0 ? 0
            : bits.Bit(ref _model.IsRep1[_state]) == 0 ? 1
            : bits.Bit(ref _model.IsRep2[_state]) == 0 ? 2 : 3;
        if (which == 0 && bits.Bit(ref _model.IsLongRep0[(_state * LzmaModel.MaxPositionStates) + position]) == 0)
        {
            _state = _state < 7 ? 9 : 11;
            return 1;
        }

        Rotate(which, _reps[which]);
        int length = _model.RepLength.Decode(ref bits, position);
        _state = _state < 7 ? 8 : 11;
        return length;
    }

    private void Rotate(int count, int first)
    {
        _reps.AsSpan(0, count).CopyTo(_reps.AsSpan(1));
        _reps[0] = first;
    }

    private int Distance(ref RangeBits bits, int length)
    {
        int slot = bits.Tree(_model.Slots[Math.Min(length - 2, 3)], 6);
        if (slot < 4)
        {
            return slot;
        }

        int lower = (slot >> 1) - 1;
        uint distance = (uint)(2 | (slot & 1)) << lower;
        distance += slot < 14
            ? (uint)bits.ReverseTree(_model.Distances[slot], lower)
            : (bits.Direct(lower - 4) << 4) + (uint)bits.ReverseTree(_model.Align, 4);
        RefusedException.Unless(distance < int.MaxValue, "LZMA: a distance out of bounds");
        return (int)distance;
    }

    private void Repeat(int length, int end)
    {
        RefusedException.Unless(length <= end - Written, "LZMA: a match passes the chunk's end");
        for (; length > 0; length--)
        {
            output[Written] = Back(_reps[0]);
            Written++;
        }
    }

    private byte Back(int distance)
    {
        RefusedException.Unless(distance < Written - _dictionaryStart && distance < dictionaryLength, "LZMA: a distance leaves the dictionary");
        return output[Written - 1 - distance];
    }
}
