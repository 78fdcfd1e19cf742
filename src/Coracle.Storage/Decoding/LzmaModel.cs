namespace Coracle.Storage;

/// <summary>LZMA's range decoder and adaptive model: from packed bytes to literals and matches. Knows no dictionary.</summary>
/// <remarks>The LZMA specification (Igor Pavlov, 2015); names of states and distances as there.</remarks>
internal sealed class LzmaModel
{
    private const int BitBits = 11;
    private const int MoveBits = 5;
    private const ushort Half = 1 << (BitBits - 1);
    private const uint Top = 1 << 24;
    private const int States = 12;
    private const int PositionStates = 16;
    private const int LiteralLength = 0x300;
    private const int MinMatch = 2;
    private const int FirstModelled = 4, EndModelled = 14;
    private const int AlignBits = 4;
    private const int LengthStates = 4;

    private readonly ushort[] _isMatch = new ushort[States * PositionStates];
    private readonly ushort[] _isRep = new ushort[States];
    private readonly ushort[] _isRep0 = new ushort[States];
    private readonly ushort[] _isRep1 = new ushort[States];
    private readonly ushort[] _isRep2 = new ushort[States];
    private readonly ushort[] _isRep0Long = new ushort[States * PositionStates];
    private readonly ushort[] _slots = new ushort[LengthStates << 6];
    private readonly ushort[] _distances = new ushort[(1 << (EndModelled / 2)) - EndModelled + 1];
    private readonly ushort[] _align = new ushort[1 << AlignBits];
    private readonly LengthModel _matchLength = new();
    private readonly LengthModel _repLength = new();
    private ushort[] _literals = [];
    private ReadOnlyMemory<byte> _input;
    private int _at;
    private uint _range;
    private uint _code;
    private int _state;
    private uint _rep0, _rep1, _rep2, _rep3;
    private int _lc, _lp, _pb;

    /// <summary>Of the last match, less one.</summary>
    public uint Distance => _rep0;

    /// <summary>A literal right after a match is coded against the byte that the match would have gone on with.</summary>
    public bool WantsMatchedByte => _state >= 7;

    /// <summary>Everything of the chunk is used, and nothing is left in the range decoder.</summary>
    public bool IsAtEnd
    {
        get
        {
            Normalise();
            return _at == _input.Length && _code == 0;
        }
    }

    /// <param name="properties">lc, lp and pb in one byte; LZMA2 has lc + lp at most 4.</param>
    public void SetProperties(byte properties)
    {
        (_pb, int rest) = Math.DivRem((int)properties, 45);
        (_lp, _lc) = Math.DivRem(rest, 9);
        if (_pb > 4 || _lc + _lp > 4)
        {
            throw XzDecoder.Broken("bad properties");
        }

        int length = LiteralLength << (_lc + _lp);
        _literals = _literals.Length == length ? _literals : new ushort[length];
    }

    public void Reset()
    {
        foreach (ushort[] probabilities in (ushort[][])
            [_isMatch, _isRep, _isRep0, _isRep1, _isRep2, _isRep0Long, _slots, _distances, _align, _literals])
        {
            Array.Fill(probabilities, Half);
        }

        _matchLength.Reset();
        _repLength.Reset();
        _state = 0;
        _rep0 = _rep1 = _rep2 = _rep3 = 0;
    }

    /// <summary>A new chunk: the model stays, the range decoder starts anew.</summary>
    public void Start(ReadOnlyMemory<byte> packed)
    {
        (_input, _at, _range, _code) = (packed, 0, uint.MaxValue, 0);
        bool isRight = NextByte() == 0;
        for (int i = 0; i < 4; i++)
        {
            _code = (_code << 8) | NextByte();
        }

        if (!isRight)
        {
            throw XzDecoder.Broken("bad chunk");
        }
    }

    public bool NextIsLiteral(uint position) => Bit(_isMatch, (_state << 4) + PositionState(position)) == 0;

    public byte Literal(uint position, byte previous, byte matched)
    {
        int context = (int)((position & ((1u << _lp) - 1)) << _lc) + (previous >> (8 - _lc));
        int start = LiteralLength * context;
        int symbol = 1;
        if (WantsMatchedByte)
        {
            int wanted = matched;
            do
            {
                int bit = (wanted >> 7) & 1;
                wanted <<= 1;
                int actual = Bit(_literals, start + ((1 + bit) << 8) + symbol);
                symbol = (symbol << 1) | actual;
                if (bit != actual)
                {
                    break;
                }
            }
            while (symbol < 0x100);
        }

        while (symbol < 0x100)
        {
            symbol = (symbol << 1) | Bit(_literals, start + symbol);
        }

        _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
        return (byte)symbol;
    }

    /// <returns>The length; the distance is <see cref="Distance"/>.</returns>
    public int Match(uint position)
    {
        int positionState = PositionState(position);
        if (Bit(_isRep, _state) == 0)
        {
            return NewMatch(positionState);
        }

        if (Bit(_isRep0, _state) == 0)
        {
            if (Bit(_isRep0Long, (_state << 4) + positionState) == 0)
            {
                _state = _state < 7 ? 9 : 11;
                return 1;
            }
        }
        else
        {
            Rotate();
        }

        int length = MinMatch + _repLength.Decode(this, positionState);
        _state = _state < 7 ? 8 : 11;
        return length;
    }

    private int PositionState(uint position) => (int)(position & ((1u << _pb) - 1));

    private int NewMatch(int positionState)
    {
        (_rep3, _rep2, _rep1) = (_rep2, _rep1, _rep0);
        int length = _matchLength.Decode(this, positionState);
        _state = _state < 7 ? 7 : 10;
        _rep0 = ReadDistance(Math.Min(length, LengthStates - 1));
        return MinMatch + length;
    }

    private void Rotate()
    {
        uint distance;
        if (Bit(_isRep1, _state) == 0)
        {
            distance = _rep1;
        }
        else
        {
            if (Bit(_isRep2, _state) == 0)
            {
                distance = _rep2;
            }
            else
            {
                distance = _rep3;
                _rep3 = _rep2;
            }

            _rep2 = _rep1;
        }

        (_rep1, _rep0) = (_rep0, distance);
    }

    private uint ReadDistance(int lengthState)
    {
        int slot = Tree(_slots, lengthState << 6, 6);
        if (slot < FirstModelled)
        {
            return (uint)slot;
        }

        int direct = (slot >> 1) - 1;
        uint distance = (2u | ((uint)slot & 1)) << direct;
        return slot < EndModelled
            ? distance + ReverseTree(_distances, (int)distance - slot, direct)
            : distance + (DirectBits(direct - AlignBits) << AlignBits) + ReverseTree(_align, 0, AlignBits);
    }

    private int Tree(ushort[] probabilities, int start, int bits)
    {
        int symbol = 1;
        for (int i = 0; i < bits; i++)
        {
            symbol = (symbol << 1) | Bit(probabilities, start + symbol);
        }

        return symbol - (1 << bits);
    }

    private uint ReverseTree(ushort[] probabilities, int start, int bits)
    {
        int node = 1;
        uint symbol = 0;
        for (int i = 0; i < bits; i++)
        {
            int bit = Bit(probabilities, start + node);
            node = (node << 1) | bit;
            symbol |= (uint)bit << i;
        }

        return symbol;
    }

    private uint DirectBits(int count)
    {
        uint bits = 0;
        for (int i = 0; i < count; i++)
        {
            Normalise();
            _range >>= 1;
            _code -= _range;
            uint isBelow = 0 - (_code >> 31);
            _code += _range & isBelow;
            bits = (bits << 1) + isBelow + 1;
        }

        return bits;
    }

    private int Bit(ushort[] probabilities, int index)
    {
        Normalise();
        ref ushort probability = ref probabilities[index];
        uint bound = (_range >> BitBits) * probability;
        if (_code < bound)
        {
            _range = bound;
            probability += (ushort)(((1 << BitBits) - probability) >> MoveBits);
            return 0;
        }

        _range -= bound;
        _code -= bound;
        probability -= (ushort)(probability >> MoveBits);
        return 1;
    }

    private void Normalise()
    {
        if (_range < Top)
        {
            _range <<= 8;
            _code = (_code << 8) | NextByte();
        }
    }

    private byte NextByte() => _at < _input.Length ? _input.Span[_at++] : throw XzDecoder.Broken("a chunk ends too soon");

    /// <summary>Lengths less the smallest: 8 short, 8 middle, 256 long ones.</summary>
    private sealed class LengthModel
    {
        private readonly ushort[] _choice = new ushort[2];
        private readonly ushort[] _low = new ushort[PositionStates << 3];
        private readonly ushort[] _middle = new ushort[PositionStates << 3];
        private readonly ushort[] _high = new ushort[1 << 8];

        public void Reset()
        {
            foreach (ushort[] probabilities in (ushort[][])[_choice, _low, _middle, _high])
            {
                Array.Fill(probabilities, Half);
            }
        }

        public int Decode(LzmaModel model, int positionState)
            => model.Bit(_choice, 0) == 0 ? model.Tree(_low, positionState << 3, 3)
                : model.Bit(_choice, 1) == 0 ? 8 + model.Tree(_middle, positionState << 3, 3)
                : 16 + model.Tree(_high, 0, 8);
    }
}
