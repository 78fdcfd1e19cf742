using System.Runtime.CompilerServices;
using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>Bits with their probabilities, into one chunk's bytes.</summary>
internal sealed class RangeEncoder
{
    private readonly byte[] _packed = new byte[MaxPackedChunk];
    private int _length;
    private ulong _low;
    private uint _range;
    private byte _held;       // not written yet: a carry may still come
    private int _heldCount;   // it, and the 0xff behind it

    /// <summary>Bytes of the chunk if it ended here.</summary>
    public int Length => _length + _heldCount + 4;

    public void Start() => (_length, _low, _range, _held, _heldCount) = (0, 0, uint.MaxValue, 0, 1);

    /// <returns>Valid until the next start.</returns>
    public ReadOnlySpan<byte> Finish()
    {
        for (int i = 0; i < 5; i++)
        {
            ShiftLow();
        }

        return _packed.AsSpan(0, _length);
    }

    public void Bit(ref ushort probability, int bit)
    {
        uint bound = (_range >> BitBits) * probability;
        if (bit == 0)
        {
            _range = bound;
            probability += (ushort)(((1 << BitBits) - probability) >> MoveBits);
        }
        else
        {
            _low += bound;
            _range -= bound;
            probability -= (ushort)(probability >> MoveBits);
        }

        Normalise();
    }

    public void Tree(ushort[] probabilities, int start, int bits, int symbol)
    {
        int node = 1;
        for (int i = bits - 1; i >= 0; i--)
        {
            int bit = (symbol >> i) & 1;
            Bit(ref probabilities[start + node], bit);
            node = (node << 1) | bit;
        }
    }

    public void ReverseTree(ushort[] probabilities, int start, int bits, int symbol)
    {
        int node = 1;
        for (int i = 0; i < bits; i++)
        {
            int bit = (symbol >> i) & 1;
            Bit(ref probabilities[start + node], bit);
            node = (node << 1) | bit;
        }
    }

    /// <summary>Bits of which no model knows anything, the highest first.</summary>
    public void Direct(uint value, int bits)
    {
        while (--bits >= 0)
        {
            _range >>= 1;
            _low += _range & (0 - ((value >> bits) & 1));
            Normalise();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Normalise()
    {
        if (_range < Top)
        {
            _range <<= 8;
            ShiftLow();
        }
    }

    private void ShiftLow()
    {
        if (_low is < 0xff000000 or > uint.MaxValue)
        {
            byte carry = (byte)(_low >> 32);
            for (byte b = _held; _heldCount > 0; _heldCount--, b = 0xff)
            {
                _packed[_length++] = (byte)(b + carry);
            }

            _held = (byte)(_low >> 24);
        }

        _heldCount++;
        _low = (_low & 0x00ffffff) << 8;
    }
}
