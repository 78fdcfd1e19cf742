namespace Coracle.Tests.Delta.Second;

/// <summary>LZMA's range decoder on one chunk.</summary>
internal ref struct RangeBits
{
    /// <summary>A probability of one half, of 2^11.</summary>
    public const ushort Half = 1 << 10;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private uint _range = uint.MaxValue;
    private uint _code;

    public RangeBits(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        RefusedException.Unless(bytes.Length >= 5 && bytes[0] == 0, "LZMA: a chunk without its beginning");
        for (_at = 1; _at < 5; _at++)
        {
            _code = (_code << 8) | bytes[_at];
        }
    }

    /// <summary>A whole chunk leaves no byte, and nothing in the code.</summary>
    public readonly bool IsAtEnd => _at == _bytes.Length && _code == 0;

    public int Bit(ref ushort probability)
    {
        uint bound = (_range >> 11) * probability;
        int bit = _code < bound ? 0 : 1;
        if (bit == 0)
        {
            _range = bound;
            probability += (ushort)((2048 - probability) >> 5);
        }
        else
        {
            _range -= bound;
            _code -= bound;
            probability -= (ushort)(probability >> 5);
        }

        Normalize();
        return bit;
    }

    /// <summary>Bits of even probability, highest first.</summary>
    public uint Direct(int count)
    {
        uint value = 0;
        for (; count > 0; count--)
        {
            _range >>= 1;
            uint bit = _code >= _range ? 1u : 0;
            _code -= bit * _range;
            value = (value << 1) | bit;
            Normalize();
        }

        return value;
    }

    /// <summary>A number of so many bits, highest first, each with a probability of its own for what came before.</summary>
    public int Tree(Span<ushort> probabilities, int bits)
    {
        int node = 1;
        for (int i = 0; i < bits; i++)
        {
            node = (node << 1) | Bit(ref probabilities[node]);
        }

        return node - (1 << bits);
    }

    /// <summary>The same, lowest bit first.</summary>
    public int ReverseTree(Span<ushort> probabilities, int bits)
    {
        int node = 1;
        int value = 0;
        for (int i = 0; i < bits; i++)
        {
            int bit = Bit(ref probabilities[node]);
            node = (node << 1) | bit;
            value |= bit << i;
        }

        return value;
    }

    private void Normalize()
    {
        if (_range < 1 << 24)
        {
            RefusedException.Unless(_at < _bytes.Length, "LZMA: a chunk ends early");
            _range <<= 8;
            _code = (_code << 8) | _bytes[_at++];
        }
    }
}
