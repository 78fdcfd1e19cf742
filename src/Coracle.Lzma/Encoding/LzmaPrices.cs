using System.Runtime.CompilerServices;
using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>What symbols would cost by the model as it is now, in 1/64 of a bit; those of lengths and distances as they were at the last refresh.</summary>
internal sealed class LzmaPrices(LzmaCoder coder)
{
    private const int FractionBits = 6;
    private const int Step = 4;   // prices are of probabilities in steps of 1/128
    private const int Lengths = MaxMatch - MinMatch + 1;

    private static readonly byte[] _slotsOfModelled = SlotsOfModelled();

    private readonly int[] _bits = BitPrices();   // not static: code that is compiled ahead would ask at each use whether it is there yet
    private readonly int[] _matchLengths = new int[PositionStates * Lengths];
    private readonly int[] _repLengths = new int[PositionStates * Lengths];
    private readonly int[] _slots = new int[LengthStates << SlotBits];
    private readonly int[] _distances = new int[LengthStates * ModelledDistances];
    private readonly int[] _modelled = new int[ModelledDistances];   // behind their slot
    private readonly int[] _align = new int[1 << AlignBits];

    public void Refresh(int dictionaryLength)
    {
        RefreshLengths(MatchLength, _matchLengths);
        RefreshLengths(RepLength, _repLengths);
        for (int i = 0; i < _align.Length; i++)
        {
            _align[i] = ReverseTree(Align, AlignBits, i);
        }

        for (int distance = FirstModelledSlot; distance < ModelledDistances; distance++)
        {
            int slot = _slotsOfModelled[distance], direct = (slot >> 1) - 1, start = (2 | (slot & 1)) << direct;
            _modelled[distance] = ReverseTree(Distances + start - slot, direct, distance - start);
        }

        int slots = LzmaCoder.SlotOf((uint)dictionaryLength) + 1;
        for (int lengthState = 0; lengthState < LengthStates; lengthState++)
        {
            RefreshDistances(lengthState, slots);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Flag(int index, int bit) => Price(_bits, coder.Probabilities[index], bit);

    public int Literal(int start, int symbol, int matched)
    {
        ReadOnlySpan<ushort> probabilities = coder.Probabilities.AsSpan(start, LiteralLength);
        ReadOnlySpan<int> bits = _bits;
        return matched < 0 ? Plain(probabilities, bits, symbol) : Matched(probabilities, bits, symbol, matched);
    }

    private static int Plain(ReadOnlySpan<ushort> probabilities, ReadOnlySpan<int> bits, int symbol)
    {
        int price = 0;
        for (int node = symbol | 0x100; node > 1; node >>= 1)
        {
            price += Price(bits, probabilities[node >> 1], node & 1);
        }

        return price;
    }

    private static int Matched(ReadOnlySpan<ushort> probabilities, ReadOnlySpan<int> bits, int symbol, int matched)
    {
        int offset = 0x100, price = 0;
        for (int node = 1; node < 0x100;)
        {
            matched <<= 1;
            symbol <<= 1;
            int bit = (symbol >> 8) & 1, wanted = matched & offset;
            price += Price(bits, probabilities[offset + wanted + node], bit);
            node = (node << 1) | bit;
            offset &= ~(wanted ^ (-bit & offset));
        }

        return price;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Price(ReadOnlySpan<int> bits, ushort probability, int bit) => bits[(probability ^ (-bit & ((1 << BitBits) - 1))) >> Step];

    /// <summary>Which of the last distances it is, and whether more than one byte.</summary>
    public int Rep(int index, int state, int positionState)
        => index == 0 ? Flag(IsRep0 + state, 0) + Flag(IsRep0Long + (state << 4) + positionState, 1)
            : Flag(IsRep0 + state, 1) + (index == 1 ? Flag(IsRep1 + state, 0) : Flag(IsRep1 + state, 1) + Flag(IsRep2 + state, index - 2));

    public int RepLengthOf(int length, int positionState) => _repLengths[(positionState * Lengths) + length - MinMatch];

    /// <summary>Of all lengths, the shortest first.</summary>
    public ReadOnlySpan<int> RepLengths(int positionState) => _repLengths.AsSpan(positionState * Lengths, Lengths);

    /// <summary>Of all lengths, the shortest first.</summary>
    public ReadOnlySpan<int> MatchLengths(int positionState) => _matchLengths.AsSpan(positionState * Lengths, Lengths);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Distance(int distance, int lengthState)
        => distance < ModelledDistances
            ? _distances[(lengthState * ModelledDistances) + distance]
            : _slots[(lengthState << SlotBits) + LzmaCoder.SlotOf((uint)distance)] + _align[distance & ((1 << AlignBits) - 1)];

    private void RefreshLengths(int model, int[] prices)
    {
        int low = Flag(model + Choice, 0), above = Flag(model + Choice, 1);
        int middle = above + Flag(model + Choice + 1, 0), high = above + Flag(model + Choice + 1, 1);
        Span<int> longOnes = prices.AsSpan(2 * ShortLengths, Lengths - (2 * ShortLengths));
        Tree(model + HighLength, high, longOnes);
        for (int positionState = 0; positionState <= coder.PositionMask; positionState++)
        {
            Span<int> row = prices.AsSpan(positionState * Lengths, Lengths);
            int start = model + LowLength + (positionState * ShortLengths);
            Tree(start, low, row[..ShortLengths]);
            Tree(start + MiddleLength - LowLength, middle, row.Slice(ShortLengths, ShortLengths));
            if (positionState > 0)
            {
                longOnes.CopyTo(row[(2 * ShortLengths)..]);
            }
        }
    }

    private void RefreshDistances(int lengthState, int slots)
    {
        Span<int> bySlot = _slots.AsSpan(lengthState << SlotBits, 1 << SlotBits);
        Tree(Slots + (lengthState << SlotBits), 0, bySlot);
        for (int slot = EndModelledSlot; slot < slots; slot++)
        {
            bySlot[slot] += ((slot >> 1) - 1 - AlignBits) << FractionBits;
        }

        Span<int> prices = _distances.AsSpan(lengthState * ModelledDistances, ModelledDistances);
        for (int distance = 0; distance < prices.Length; distance++)
        {
            prices[distance] = bySlot[_slotsOfModelled[distance]] + _modelled[distance];
        }
    }

    /// <summary>The prices of all symbols of a tree, level by level: each node is looked at once.</summary>
    /// <param name="price">Of what comes before it.</param>
    /// <param name="prices">As many as the tree has leaves: a power of two.</param>
    private void Tree(int start, int price, Span<int> prices)
    {
        prices[0] = price;
        for (int count = 1; count < prices.Length; count *= 2)
        {
            // From the last one on: those in front are not overwritten before they are read.
            for (int i = count - 1; i >= 0; i--)
            {
                int above = prices[i];
                prices[(2 * i) + 1] = above + Flag(start + count + i, 1);
                prices[2 * i] = above + Flag(start + count + i, 0);
            }
        }
    }

    private int ReverseTree(int start, int bits, int symbol)
    {
        int price = 0;
        for (int node = 1; bits > 0; bits--, symbol >>= 1)
        {
            price += Flag(start + node, symbol & 1);
            node = (node << 1) | (symbol & 1);
        }

        return price;
    }

    private static byte[] SlotsOfModelled()
    {
        byte[] slots = new byte[ModelledDistances];
        for (int distance = 0; distance < slots.Length; distance++)
        {
            slots[distance] = (byte)LzmaCoder.SlotOf((uint)distance);
        }

        return slots;
    }

    /// <summary>The logarithm by squaring: whole numbers, so that it is the same on every machine.</summary>
    private static int[] BitPrices()
    {
        int[] prices = new int[1 << (BitBits - Step)];
        for (int i = 0; i < prices.Length; i++)
        {
            uint power = (uint)((i << Step) + (1 << (Step - 1)));
            int bits = 0;
            for (int cycle = 0; cycle < FractionBits; cycle++)
            {
                power *= power;
                bits <<= 1;
                for (; power >= 1 << 16; power >>= 1)
                {
                    bits++;
                }
            }

            prices[i] = (BitBits << FractionBits) - 15 - bits;
        }

        return prices;
    }
}
