using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>What symbols would cost by the model as it is now, in 1/64 of a bit; those of lengths and distances as they were at the last refresh.</summary>
internal sealed class LzmaPrices(LzmaCoder coder)
{
    private const int FractionBits = 6;
    private const int Step = 4;   // prices are of probabilities in steps of 1/128
    private const int Lengths = MaxMatch - MinMatch + 1;

    private static readonly int[] _bits = BitPrices();

    private readonly int[] _matchLengths = new int[PositionStates * Lengths];
    private readonly int[] _repLengths = new int[PositionStates * Lengths];
    private readonly int[] _slots = new int[LengthStates << SlotBits];
    private readonly int[] _distances = new int[LengthStates * ModelledDistances];
    private readonly int[] _align = new int[1 << AlignBits];

    public void Refresh(int dictionaryLength)
    {
        RefreshLengths(MatchLength, _matchLengths);
        RefreshLengths(RepLength, _repLengths);
        for (int i = 0; i < _align.Length; i++)
        {
            _align[i] = ReverseTree(Align, AlignBits, i);
        }

        int slots = LzmaCoder.SlotOf((uint)dictionaryLength) + 1;
        for (int lengthState = 0; lengthState < LengthStates; lengthState++)
        {
            RefreshDistances(lengthState, slots);
        }
    }

    public int Flag(int index, int bit) => _bits[(coder.Probabilities[index] ^ (-bit & ((1 << BitBits) - 1))) >> Step];

    public int Literal(int start, int symbol, int matched)
    {
        ushort[] probabilities = coder.Probabilities;
        int[] bits = _bits;
        int offset = matched < 0 ? 0 : 0x100, price = 0;
        for (int node = 1; node < 0x100;)
        {
            matched <<= 1;
            symbol <<= 1;
            int bit = (symbol >> 8) & 1, wanted = matched & offset;
            price += bits[(probabilities[start + offset + wanted + node] ^ (-bit & ((1 << BitBits) - 1))) >> Step];
            node = (node << 1) | bit;
            offset &= ~(wanted ^ (-bit & offset));
        }

        return price;
    }

    /// <summary>Which of the last distances it is, and whether more than one byte.</summary>
    public int Rep(int index, int state, int positionState)
        => index == 0 ? Flag(IsRep0 + state, 0) + Flag(IsRep0Long + (state << 4) + positionState, 1)
            : Flag(IsRep0 + state, 1) + (index == 1 ? Flag(IsRep1 + state, 0) : Flag(IsRep1 + state, 1) + Flag(IsRep2 + state, index - 2));

    public int RepLengthOf(int length, int positionState) => _repLengths[(positionState * Lengths) + length - MinMatch];

    public int MatchLengthOf(int length, int positionState) => _matchLengths[(positionState * Lengths) + length - MinMatch];

    public int Distance(int distance, int lengthState)
        => distance < ModelledDistances
            ? _distances[(lengthState * ModelledDistances) + distance]
            : _slots[(lengthState << SlotBits) + LzmaCoder.SlotOf((uint)distance)] + _align[distance & ((1 << AlignBits) - 1)];

    private void RefreshLengths(int model, int[] prices)
    {
        int low = Flag(model + Choice, 0), above = Flag(model + Choice, 1);
        int middle = above + Flag(model + Choice + 1, 0), high = above + Flag(model + Choice + 1, 1);
        for (int length = 2 * ShortLengths; length < Lengths; length++)
        {
            prices[length] = high + Tree(model + HighLength, 8, length - (2 * ShortLengths));
        }

        for (int positionState = 0; positionState <= coder.PositionMask; positionState++)
        {
            Span<int> row = prices.AsSpan(positionState * Lengths, Lengths);
            int start = model + LowLength + (positionState * ShortLengths);
            for (int length = 0; length < ShortLengths; length++)
            {
                row[length] = low + Tree(start, 3, length);
                row[ShortLengths + length] = middle + Tree(start + MiddleLength - LowLength, 3, length);
            }

            prices.AsSpan(2 * ShortLengths, Lengths - (2 * ShortLengths)).CopyTo(row[(2 * ShortLengths)..]);
        }
    }

    private void RefreshDistances(int lengthState, int slots)
    {
        Span<int> bySlot = _slots.AsSpan(lengthState << SlotBits, 1 << SlotBits);
        for (int slot = 0; slot < slots; slot++)
        {
            int price = Tree(Slots + (lengthState << SlotBits), SlotBits, slot);
            bySlot[slot] = slot < EndModelledSlot ? price : price + (((slot >> 1) - 1 - AlignBits) << FractionBits);
        }

        Span<int> prices = _distances.AsSpan(lengthState * ModelledDistances, ModelledDistances);
        for (int distance = 0; distance < prices.Length; distance++)
        {
            int slot = LzmaCoder.SlotOf((uint)distance), direct = (slot >> 1) - 1, start = (2 | (slot & 1)) << Math.Max(direct, 0);
            prices[distance] = slot < FirstModelledSlot ? bySlot[slot] : bySlot[slot] + ReverseTree(Distances + start - slot, direct, distance - start);
        }
    }

    private int Tree(int start, int bits, int symbol)
    {
        int price = 0;
        for (int node = symbol | (1 << bits); node > 1; node >>= 1)
        {
            price += Flag(start + (node >> 1), node & 1);
        }

        return price;
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
