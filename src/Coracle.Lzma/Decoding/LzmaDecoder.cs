using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>From the packed bytes of one chunk to literals and matches in the dictionary.</summary>
/// <remarks>
/// The loops keep range, code and place in locals, and bits of which nobody knows anything are decoded without a branch that the
/// processor would have to guess: most of the time that LZMA takes is wrong guesses.
/// </remarks>
internal sealed class LzmaDecoder
{
    /// <summary>No symbol takes more than 20 bytes: the end of the input is looked at once for each, and what is read beyond is thrown away.</summary>
    private const int Slack = 32;

    private readonly byte[] _packed = new byte[MaxPackedChunk + Slack];
    private ushort[] _probabilities = [];
    private int _packedLength;
    private int _from;
    private uint _range;
    private uint _code;
    private int _state;
    private uint _rep0, _rep1, _rep2, _rep3;
    private int _lc, _positionMask, _literalMask;
    private int _matchLeft;

    /// <summary>Everything of the chunk is used, and nothing is left in the range decoder nor of the last match.</summary>
    public bool IsAtEnd
    {
        get
        {
            if (_range < Top)
            {
                (_range, _code) = (_range << 8, (_code << 8) | _packed[_from++]);
            }

            return _from == _packedLength && _code == 0 && _matchLeft == 0;
        }
    }

    /// <param name="properties">lc, lp and pb in one byte; LZMA2 has lc + lp at most 4.</param>
    public void SetProperties(byte properties)
    {
        (int pb, int rest) = Math.DivRem((int)properties, 45);
        (int lp, _lc) = Math.DivRem(rest, 9);
        if (pb > MaxPositionBits || _lc + lp > MaxLiteralBits)
        {
            throw new LzmaFormatException("bad properties");
        }

        (_positionMask, _literalMask) = ((1 << pb) - 1, (1 << lp) - 1);
        _probabilities = Fitting(_probabilities, _lc + lp);
    }

    public void Reset()
    {
        Array.Fill(_probabilities, Even);
        _state = 0;
        _rep0 = _rep1 = _rep2 = _rep3 = 0;
    }

    /// <summary>Room for the next chunk's packed bytes, to be filled before <see cref="Start"/>.</summary>
    /// <param name="length">At most <see cref="MaxPackedChunk"/>.</param>
    public Span<byte> Packed(int length) => _packed.AsSpan(0, _packedLength = length);

    /// <summary>A new chunk: the model stays, the range decoder starts anew.</summary>
    public void Start()
    {
        bool isRight = _packedLength >= 5 && _packed[0] == 0;
        _code = (uint)((_packed[1] << 24) | (_packed[2] << 16) | (_packed[3] << 8) | _packed[4]);
        (_range, _from, _matchLeft) = (uint.MaxValue, 5, 0);
        if (!isRight)
        {
            throw new LzmaFormatException("bad chunk");
        }
    }

    /// <summary>Fills the dictionary from <paramref name="at"/> to <paramref name="limit"/>; a match may go on at the next call.</summary>
    /// <param name="ring">The dictionary; its last byte is 0 as long as it has none.</param>
    /// <param name="position">Of <paramref name="at"/> since the dictionary was reset; only its lowest bits matter.</param>
    /// <param name="isWrapped">All of the ring is filled, else only what is before <paramref name="at"/>.</param>
    public void Decode(Span<byte> ring, int at, int limit, int position, bool isWrapped)
    {
        position -= at;
        at = _matchLeft > 0 ? CopyMatch(ring, at, limit) : at;
        ushort[] probabilities = _probabilities;
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        while (at < limit)
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            int positionState = (position + at) & _positionMask;
            ref ushort isMatch = ref probabilities[IsMatch + (_state << 4) + positionState];
            uint bound = (range >> BitBits) * isMatch;
            if (code < bound)
            {
                range = bound;
                isMatch += (ushort)(((1 << BitBits) - isMatch) >> MoveBits);
                (_range, _code, _from) = (range, code, from);
                ring[at] = Literal(probabilities, LiteralStart(ring, at, position), _state >= FirstStateAfterMatch ? ring[Back(ring, at)] : -1);
                at++;
            }
            else
            {
                isMatch -= (ushort)(isMatch >> MoveBits);
                (_range, _code, _from) = (range - bound, code - bound, from);
                _matchLeft = Match(positionState);
                if (_rep0 >= (uint)(isWrapped ? ring.Length : at))
                {
                    throw new LzmaFormatException("a match reaches before the beginning");
                }

                at = CopyMatch(ring, at, limit);
            }

            (range, code, from) = (_range, _code, _from);
            if (from > _packedLength)
            {
                throw new LzmaFormatException("a chunk ends too soon");
            }
        }
    }

    private int LiteralStart(ReadOnlySpan<byte> ring, int at, int position)
    {
        int previous = ring[at > 0 ? at - 1 : ring.Length - 1];
        return Literals + (LiteralLength * ((((position + at) & _literalMask) << _lc) + (previous >> (8 - _lc))));
    }

    /// <summary>The place of the byte that the last match would have gone on with.</summary>
    private int Back(ReadOnlySpan<byte> ring, int at)
    {
        int from = at - (int)_rep0 - 1;
        return from < 0 ? from + ring.Length : from;
    }

    /// <param name="matched">The byte to code against, or -1.</param>
    private byte Literal(ushort[] probabilities, int start, int matched)
    {
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        int symbol = 1;
        // While the symbol's bits are those of the byte to code against, offset is 0x100: then there are two trees beside the plain one.
        int offset = matched < 0 ? 0 : 0x100;
        do
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            matched <<= 1;
            int wanted = matched & offset;
            ref ushort probability = ref probabilities[start + offset + wanted + symbol];
            int bit = Bit(ref range, ref code, ref probability);
            symbol = (symbol << 1) | bit;
            offset &= ~(wanted ^ (-bit & offset));
        }
        while (symbol < 0x100);

        (_range, _code, _from) = (range, code, from);
        _state = AfterLiteral(_state);
        return (byte)symbol;
    }

    /// <returns>The length; the distance is in <see cref="_rep0"/>.</returns>
    private int Match(int positionState)
    {
        if (Flag(IsRep + _state) == 0)
        {
            return NewMatch(positionState);
        }

        if (Flag(IsRep0 + _state) == 0)
        {
            if (Flag(IsRep0Long + (_state << 4) + positionState) == 0)
            {
                _state = AfterShortRep(_state);
                return 1;
            }
        }
        else
        {
            Rotate();
        }

        int length = Length(RepLength, positionState);
        _state = AfterRep(_state);
        return length;
    }

    private int NewMatch(int positionState)
    {
        (_rep3, _rep2, _rep1) = (_rep2, _rep1, _rep0);
        int length = Length(MatchLength, positionState);
        _state = AfterMatch(_state);
        _rep0 = Distance(LengthState(length));
        return length;
    }

    private void Rotate()
    {
        uint distance;
        if (Flag(IsRep1 + _state) == 0)
        {
            distance = _rep1;
        }
        else
        {
            if (Flag(IsRep2 + _state) == 0)
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

    private int Length(int model, int positionState)
    {
        int start = model + LowLength + (positionState * ShortLengths);
        return MinMatch + (Flag(model + Choice) == 0 ? Tree(start, ShortLengths)
            : Flag(model + Choice + 1) == 0 ? ShortLengths + Tree(start + MiddleLength - LowLength, ShortLengths)
            : (2 * ShortLengths) + Tree(model + HighLength, 256));
    }

    private uint Distance(int lengthState)
    {
        int slot = Tree(Slots + (lengthState << SlotBits), 1 << SlotBits);
        if (slot < FirstModelledSlot)
        {
            return (uint)slot;
        }

        int direct = (slot >> 1) - 1;
        uint distance = (2u | ((uint)slot & 1)) << direct;
        return slot < EndModelledSlot
            ? distance + ReverseTree(Distances + (int)distance - slot, direct)
            : distance + (DirectBits(direct - AlignBits) << AlignBits) + ReverseTree(Align, AlignBits);
    }

    /// <param name="leaves">A power of two.</param>
    private int Tree(int start, int leaves)
    {
        ushort[] probabilities = _probabilities;
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        int symbol = 1;
        do
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            symbol = (symbol << 1) | Bit(ref range, ref code, ref probabilities[start + symbol]);
        }
        while (symbol < leaves);

        (_range, _code, _from) = (range, code, from);
        return symbol - leaves;
    }

    private uint ReverseTree(int start, int bits)
    {
        ushort[] probabilities = _probabilities;
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        int node = 1;
        uint symbol = 0;
        for (int i = 0; i < bits; i++)
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            int bit = Bit(ref range, ref code, ref probabilities[start + node]);
            node = (node << 1) | bit;
            symbol |= (uint)bit << i;
        }

        (_range, _code, _from) = (range, code, from);
        return symbol;
    }

    private uint DirectBits(int count)
    {
        uint bits = 0;
        for (int i = 0; i < count; i++)
        {
            if (_range < Top)
            {
                (_range, _code) = (_range << 8, (_code << 8) | _packed[_from++]);
            }

            _range >>= 1;
            _code -= _range;
            uint isBelow = 0 - (_code >> 31);
            _code += _range & isBelow;
            bits = (bits << 1) + isBelow + 1;
        }

        return bits;
    }

    /// <summary>A bit that is mostly the same one: the processor guesses it.</summary>
    private int Flag(int index)
    {
        if (_range < Top)
        {
            (_range, _code) = (_range << 8, (_code << 8) | _packed[_from++]);
        }

        ref ushort probability = ref _probabilities[index];
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

    /// <summary>A bit that nobody can guess, without a branch.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static int Bit(ref uint range, ref uint code, ref ushort probability)
    {
        int old = probability;
        uint bound = (range >> BitBits) * (uint)old;
        int bit = code >= bound ? 1 : 0;
        uint isOne = (uint)-bit;
        range = bound + (isOne & (range - bound - bound));
        code -= bound & isOne;
        // A 1: old - (old >> 5). A 0: old + ((2048 - old) >> 5), which is the same with 31 - 2048 added before the shift.
        probability = (ushort)(old - ((old + (~(int)isOne & ((1 << MoveBits) - 1 - (1 << BitBits)))) >> MoveBits));
        return bit;
    }

    /// <returns>The place behind it, or <paramref name="limit"/>.</returns>
    private int CopyMatch(Span<byte> ring, int at, int limit)
    {
        int count = Math.Min(limit - at, _matchLeft), from = Back(ring, at);
        _matchLeft -= count;
        if (from + count <= ring.Length && (uint)(count - 1) <= _rep0)
        {
            ring.Slice(from, count).CopyTo(ring[at..]);
            return at + count;
        }

        for (int end = at + count; at < end; at++)
        {
            ring[at] = ring[from];
            from = from + 1 == ring.Length ? 0 : from + 1;
        }

        return at;
    }
}
