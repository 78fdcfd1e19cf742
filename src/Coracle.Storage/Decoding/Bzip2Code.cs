namespace Coracle.Storage;

/// <summary>One canonical Huffman code of a bzip2 block.</summary>
internal sealed class Bzip2Code
{
    private const int MaxLength = 20;
    private const int MaxSymbols = 258;

    private readonly ushort[] _symbols = new ushort[MaxSymbols];
    private readonly int[] _first = new int[MaxLength + 2];
    private readonly int[] _count = new int[MaxLength + 2];

    public void Read(Bzip2Bits bits, int alphabet)
    {
        Span<byte> lengths = stackalloc byte[alphabet];
        int length = (int)bits.Read(5);
        for (int symbol = 0; symbol < alphabet; symbol++)
        {
            while (true)
            {
                if (length is < 1 or > MaxLength)
                {
                    throw Bzip2Decoder.Broken("Huffman length out of range");
                }

                if (!bits.ReadBit())
                {
                    break;
                }

                length += bits.ReadBit() ? -1 : 1;
            }

            lengths[symbol] = (byte)length;
        }

        Build(lengths);
    }

    public int Decode(Bzip2Bits bits)
    {
        int code = 0, offset = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            code = (code << 1) | (bits.ReadBit() ? 1 : 0);
            int place = code - _first[length];
            if (place >= 0 && place < _count[length])
            {
                return _symbols[offset + place];
            }

            offset += _count[length];
        }

        throw Bzip2Decoder.Broken("no such Huffman code");
    }

    private void Build(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_count);
        foreach (byte length in lengths)
        {
            _count[length]++;
        }

        int code = 0, place = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            code <<= 1;
            _first[length] = code;
            code += _count[length];
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length)
                {
                    _symbols[place++] = (ushort)symbol;
                }
            }
        }
    }
}
