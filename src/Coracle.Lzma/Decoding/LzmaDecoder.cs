using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>From the packed bytes of one chunk to literals and matches in the dictionary.</summary>
/// <remarks>
/// The loops keep range, code and place in locals, and bits of which nobody knows anything are decoded without a branch that the
/// processor would have to guess. A bit then waits for the one before it, so the probabilities of both its outcomes are loaded before it is
/// known: about 8 cycles from one bit to the next instead of 13. Where a size counts more than a call, the compiler inlines none of the small functions
/// of a match: those that are marked are a twentieth of the time.
/// </remarks>
internal sealed class LzmaDecoder
{
    /// <summary>Matches are copied by so many bytes: the ring is longer than the dictionary by them, so that what is copied too much hits nothing that a match may reach.</summary>
    public const int CopyLength = 16;

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

    /// <summary>Five bits from the other end.</summary>
    private static ReadOnlySpan<byte> Reversed =>
    [
        0, 16, 8, 24, 4, 20, 12, 28, 2, 18, 10, 26, 6, 22, 14, 30,
        1, 17, 9, 25, 5, 21, 13, 29, 3, 19, 11, 27, 7, 23, 15, 31,
    ];

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
    /// <param name="ring">The dictionary and <see cref="CopyLength"/> more; its last byte is 0 as long as it has none.</param>
    /// <param name="position">Of <paramref name="at"/> since the dictionary was reset; only its lowest bits matter.</param>
    /// <param name="isWrapped">All of the ring is filled, else only what is before <paramref name="at"/>.</param>
    public void Decode(Span<byte> ring, int at, int limit, int position, bool isWrapped)
    {
        position -= at;
        int dictionary = ring.Length - CopyLength;
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
                int start = LiteralStart(ring, at, position);
                ring[at] = _state >= FirstStateAfterMatch ? MatchedLiteral(start, ring[Back(ring, at)]) : (byte)Tree(start, 0x100);
                _state = AfterLiteral(_state);
                at++;
            }
            else
            {
                isMatch -= (ushort)(isMatch >> MoveBits);
                (_range, _code, _from) = (range - bound, code - bound, from);
                _matchLeft = Match(positionState);
                if (_rep0 >= (uint)(isWrapped ? dictionary : Math.Min(at, dictionary)))
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int LiteralStart(ReadOnlySpan<byte> ring, int at, int position)
    {
        int previous = ring[at > 0 ? at - 1 : ring.Length - 1];
        return Literals + (LiteralLength * ((((position + at) & _literalMask) << _lc) + (previous >> (8 - _lc))));
    }

    /// <summary>The place of the byte that the last match would have gone on with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Back(ReadOnlySpan<byte> ring, int at)
    {
        int from = at - (int)_rep0 - 1;
        return from < 0 ? from + ring.Length : from;
    }

    /// <param name="start">Of three trees: two for bits where the byte to code against has a 0 or a 1, behind one for those after the first that differs.</param>
    /// <param name="matched">The byte to code against.</param>
    private byte MatchedLiteral(int start, uint matched)
    {
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        Span<ushort> trees = _probabilities.AsSpan(start, LiteralLength);
        // The bit to code against is the one at 0x100; from the first that differs on, both of these are 0.
        uint bits = matched << 1, offset = 0x100;
        uint symbol = 1, probability = trees[(int)(offset + (bits & 0x100) + symbol)];
        do
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            ref ushort place = ref trees[(int)(offset + (bits & 0x100) + symbol)];
            uint expected = (bits >> 8) & 1;
            (bits, symbol) = (bits << 1, symbol << 1);
            // Behind the last bit there is none, and any place will do.
            uint same = trees[(int)(offset + (bits & 0x100) + (byte)(symbol | expected))], other = trees[(byte)((symbol | expected) ^ 1)];
            uint isZero = Bit(ref range, ref code, probability, ref place);
            uint isSame = isZero ^ (0 - expected);
            probability = other + (isSame & (same - other));
            symbol += 1 + isZero;
            offset &= isSame;
            bits &= isSame;
        }
        while (symbol < 0x100);

        (_range, _code, _from) = (range, code, from);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int NewMatch(int positionState)
    {
        (_rep3, _rep2, _rep1) = (_rep2, _rep1, _rep0);
        int length = Length(MatchLength, positionState);
        _state = AfterMatch(_state);
        _rep0 = Distance(LengthState(length));
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        Span<ushort> tree = _probabilities.AsSpan(start, leaves);
        uint symbol = 1, probability = tree[1], mask = (uint)leaves - 1;
        do
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            ref ushort place = ref tree[(int)symbol];
            symbol <<= 1;
            uint zero = tree[(int)(symbol & mask)], one = tree[(int)((symbol + 1) & mask)];
            uint isZero = Bit(ref range, ref code, probability, ref place);
            probability = one + (isZero & (zero - one));
            symbol += 1 + isZero;
        }
        while (symbol <= mask);

        (_range, _code, _from) = (range, code, from);
        return (int)(symbol & mask);
    }

    /// <summary>A number whose lowest bit comes first.</summary>
    /// <param name="bits">At most 5.</param>
    private uint ReverseTree(int start, int bits) => (uint)Reversed[Tree(start, 1 << bits)] >> (5 - bits);

    private uint DirectBits(int count)
    {
        byte[] packed = _packed;
        (uint range, uint code, int from) = (_range, _code, _from);
        uint bits = 0;
        for (int i = 0; i < count; i++)
        {
            if (range < Top)
            {
                (range, code) = (range << 8, (code << 8) | packed[from++]);
            }

            range >>= 1;
            code -= range;
            uint isBelow = 0 - (code >> 31);
            code += range & isBelow;
            bits = (bits << 1) + isBelow + 1;
        }

        (_range, _code, _from) = (range, code, from);
        return bits;
    }

    /// <summary>A bit that is mostly the same one: the processor guesses it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
    /// <param name="place">Where <paramref name="probability"/> is from: it moves.</param>
    /// <returns>All bits set for a 0, none for a 1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bit(ref uint range, ref uint code, uint probability, ref ushort place)
    {
        uint bound = (range >> BitBits) * probability;
        // The sign of 64 bits is a mask two cycles earlier than a comparison.
        long beyond = (long)code - bound;
        uint isZero = (uint)(beyond >> 63);
        range = range - bound + (isZero & (bound + bound - range));
        code = (uint)beyond + (isZero & bound);
        // A 1: old - (old >> 5). A 0: old + ((2048 - old) >> 5), which is the same with 31 - 2048 added before the shift.
        int moved = (int)probability + ((int)isZero & ((1 << MoveBits) - 1 - (1 << BitBits)));
        place = (ushort)((int)probability - (moved >> MoveBits));
        return isZero;
    }

    /// <returns>The place behind it, or <paramref name="limit"/>.</returns>
    private int CopyMatch(Span<byte> ring, int at, int limit)
    {
        int count = Math.Min(limit - at, _matchLeft), from = Back(ring, at), end = at + count;
        _matchLeft -= count;
        bool isApart = _rep0 >= CopyLength - 1 || (uint)(count - 1) <= _rep0;
        if (isApart && Math.Max(from, at) + count <= ring.Length - CopyLength)
        {
            // Nine of ten matches in programs have at most 16 bytes: for these a call of the framework's copying is most of the time.
            for (; at < end; at += CopyLength, from += CopyLength)
            {
                Vector128.Create<byte>(ring.Slice(from, CopyLength)).CopyTo(ring.Slice(at, CopyLength));
            }

            return end;
        }

        for (; at < end; at++)
        {
            ring[at] = ring[from];
            from = from + 1 == ring.Length ? 0 : from + 1;
        }

        return at;
    }
}
