using System.Numerics;
using System.Runtime.CompilerServices;
using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>The model as the decoder will have it, and the symbols written by it.</summary>
internal sealed class LzmaCoder
{
    private readonly RangeEncoder _range = new();
    private int _literalMask, _lc;

    public RangeEncoder Range => _range;

    public ushort[] Probabilities { get; private set; } = [];

    public LzmaState State;

    public int PositionMask { get; private set; }

    /// <summary>Symbols since the last reset: how much the model may have changed.</summary>
    public int Written { get; private set; }

    public void SetProperties(in Lzma2Options options)
    {
        (_lc, _literalMask, PositionMask) = (options.LiteralContext, (1 << options.LiteralPosition) - 1, (1 << options.Position) - 1);
        Probabilities = Fitting(Probabilities, options.LiteralContext + options.LiteralPosition);
    }

    public void Reset()
    {
        Array.Fill(Probabilities, Even);
        (State, Written) = (default, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int LiteralStart(int position, byte previous)
        => Literals + (LiteralLength * (((position & _literalMask) << _lc) + (previous >> (8 - _lc))));

    /// <param name="length">0 or 1 where it is one byte, which the last distance has or has not.</param>
    public void Write(ReadOnlySpan<byte> plain, int at, int length, int distance)
    {
        int positionState = at & PositionMask, number = State.Number;
        ref ushort isMatch = ref Probabilities[IsMatch + (number << 4) + positionState];
        SymbolKind kind = State.Apply(length, distance);
        _range.Bit(ref isMatch, kind == SymbolKind.Literal ? 0 : 1);
        Written++;
        if (kind == SymbolKind.Literal)
        {
            int start = LiteralStart(at, at > 0 ? plain[at - 1] : (byte)0);
            WriteLiteral(start, plain[at], number >= FirstStateAfterMatch ? plain[at - State.Rep0 - 1] : -1);
            return;
        }

        _range.Bit(ref Probabilities[IsRep + number], kind == SymbolKind.Match ? 0 : 1);
        if (kind == SymbolKind.Match)
        {
            WriteLength(MatchLength, length, positionState);
            WriteDistance((uint)distance, LengthState(length));
            return;
        }

        WriteRep(kind, number, positionState);
        if (kind != SymbolKind.ShortRep)
        {
            WriteLength(RepLength, length, positionState);
        }
    }

    private void WriteLiteral(int start, int symbol, int matched)
    {
        int offset = matched < 0 ? 0 : 0x100;
        symbol |= 0x100;
        for (int node = 1; node < 0x100;)
        {
            matched <<= 1;
            symbol <<= 1;
            int bit = (symbol >> 8) & 1, wanted = matched & offset;
            _range.Bit(ref Probabilities[start + offset + wanted + node], bit);
            node = (node << 1) | bit;
            offset &= ~(wanted ^ (-bit & offset));
        }
    }

    private void WriteRep(SymbolKind kind, int number, int positionState)
    {
        if (kind is SymbolKind.Rep0 or SymbolKind.ShortRep)
        {
            _range.Bit(ref Probabilities[IsRep0 + number], 0);
            _range.Bit(ref Probabilities[IsRep0Long + (number << 4) + positionState], kind == SymbolKind.Rep0 ? 1 : 0);
            return;
        }

        _range.Bit(ref Probabilities[IsRep0 + number], 1);
        _range.Bit(ref Probabilities[IsRep1 + number], kind == SymbolKind.Rep1 ? 0 : 1);
        if (kind != SymbolKind.Rep1)
        {
            _range.Bit(ref Probabilities[IsRep2 + number], kind == SymbolKind.Rep2 ? 0 : 1);
        }
    }

    private void WriteLength(int model, int length, int positionState)
    {
        length -= MinMatch;
        int start = model + LowLength + (positionState * ShortLengths);
        _range.Bit(ref Probabilities[model + Choice], length < ShortLengths ? 0 : 1);
        if (length < ShortLengths)
        {
            _range.Tree(Probabilities, start, 3, length);
            return;
        }

        _range.Bit(ref Probabilities[model + Choice + 1], length < 2 * ShortLengths ? 0 : 1);
        if (length < 2 * ShortLengths)
        {
            _range.Tree(Probabilities, start + MiddleLength - LowLength, 3, length - ShortLengths);
        }
        else
        {
            _range.Tree(Probabilities, model + HighLength, 8, length - (2 * ShortLengths));
        }
    }

    private void WriteDistance(uint distance, int lengthState)
    {
        int slot = SlotOf(distance);
        _range.Tree(Probabilities, Slots + (lengthState << SlotBits), SlotBits, slot);
        if (slot < FirstModelledSlot)
        {
            return;
        }

        int direct = (slot >> 1) - 1;
        uint start = (2u | ((uint)slot & 1)) << direct;
        if (slot < EndModelledSlot)
        {
            _range.ReverseTree(Probabilities, Distances + (int)start - slot, direct, (int)(distance - start));
            return;
        }

        _range.Direct((distance - start) >> AlignBits, direct - AlignBits);
        _range.ReverseTree(Probabilities, Align, AlignBits, (int)distance & ((1 << AlignBits) - 1));
    }

    /// <summary>Twice the place of the highest bit, and the bit below it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SlotOf(uint distance)
    {
        int highest = BitOperations.Log2(distance | 1);
        return distance < 2 ? (int)distance : (highest << 1) + (int)((distance >> (highest - 1)) & 1);
    }
}
