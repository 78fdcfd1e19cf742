using System.Numerics;

namespace Coracle.Networking;

/// <summary>
/// A set of numbers below 2^128 that stays small: blocks of 4,096 neighbours, of which only those are kept that have a member. 512 bytes a
/// block, so that a set of n members takes at most n blocks, and a full /16 takes 16.
/// </summary>
internal sealed class AddressBitmap
{
    private const int WordBits = 64;

    private const int BlockShift = 12;

    private const int BlockBits = 1 << BlockShift;

    private const int Words = BlockBits / WordBits;

    private readonly Dictionary<UInt128, Block> _blocks = [];

    public long Count { get; private set; }

    /// <returns>False when it was there.</returns>
    public bool Add(UInt128 number)
    {
        (UInt128 key, int bit) = Place(number);
        if (!_blocks.TryGetValue(key, out Block? block))
        {
            _blocks[key] = block = new Block();
        }

        if (!block.Set(bit))
        {
            return false;
        }

        Count++;
        return true;
    }

    /// <returns>False when it was not there.</returns>
    public bool Remove(UInt128 number)
    {
        (UInt128 key, int bit) = Place(number);
        if (!_blocks.TryGetValue(key, out Block? block) || !block.Clear(bit))
        {
            return false;
        }

        if (block.Members == 0)
        {
            _blocks.Remove(key);
        }

        Count--;
        return true;
    }

    public bool Contains(UInt128 number)
    {
        (UInt128 key, int bit) = Place(number);
        return _blocks.TryGetValue(key, out Block? block) && block.Has(bit);
    }

    /// <summary>The lowest number from <paramref name="first"/> to <paramref name="last"/> that is not a member.</summary>
    /// <remarks>Full blocks are passed in one step; there are no more of them than members, by 4,096.</remarks>
    public bool TryFindFree(UInt128 first, UInt128 last, out UInt128 free)
    {
        free = first;
        while (true)
        {
            (UInt128 key, int bit) = Place(free);
            int found = _blocks.TryGetValue(key, out Block? block) ? block.FirstClear(bit) : bit;
            free = (key << BlockShift) + (uint)found;
            if (found < BlockBits)
            {
                return free <= last;
            }

            if (key >= last >> BlockShift)
            {
                return false; // before the sum above can pass the last number there is
            }
        }
    }

    private static (UInt128 Key, int Bit) Place(UInt128 number) => (number >> BlockShift, (int)((ulong)number & (BlockBits - 1)));

    private sealed class Block
    {
        private readonly ulong[] _words = new ulong[Words];

        public int Members { get; private set; }

        public bool Has(int bit) => (_words[bit / WordBits] & Mask(bit)) != 0;

        public bool Set(int bit)
        {
            if (Has(bit))
            {
                return false;
            }

            _words[bit / WordBits] |= Mask(bit);
            Members++;
            return true;
        }

        public bool Clear(int bit)
        {
            if (!Has(bit))
            {
                return false;
            }

            _words[bit / WordBits] &= ~Mask(bit);
            Members--;
            return true;
        }

        /// <returns>As many as a block has when there is none from there on.</returns>
        public int FirstClear(int from)
        {
            ulong below = Mask(from) - 1;
            for (int word = from / WordBits; word < Words; word++)
            {
                ulong clear = ~(_words[word] | below);
                if (clear != 0)
                {
                    return (word * WordBits) + BitOperations.TrailingZeroCount(clear);
                }

                below = 0;
            }

            return BlockBits;
        }

        private static ulong Mask(int bit) => 1UL << (bit % WordBits);
    }
}
