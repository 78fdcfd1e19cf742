using Coracle.Lzma;

namespace Coracle.Fuzz;

/// <summary>Raw LZMA2, as deltas have it: what others packed, and the way there and back of any bytes.</summary>
internal static class LzmaTargets
{
    /// <summary>Small, so that a short input reaches its edge.</summary>
    private const int DictionaryLength = 5000;

    public static void Unpack(ReadOnlySpan<byte> input)
    {
        byte[] packed = input.ToArray(), buffer = new byte[DictionaryLength + 1];
        Lzma2Decoder decoder = new();
        decoder.Start(DictionaryLength, packed);
        int total = 0, count;
        while (total < FuzzTarget.MaxOutputBytes && (count = decoder.Read(buffer)) > 0)
        {
            Promise.Holds(count <= buffer.Length, "a read gives no more than there is room for");
            total += count;
        }
    }

    public static void Pack(ReadOnlySpan<byte> input)
    {
        int settings = input.IsEmpty ? 0 : input[0], context = settings & 3;
        MemoryStream packed = new();
        new Lzma2Encoder().Encode(input, new Lzma2Options(Lzma2Options.MinDictionary, context, (settings >> 2 & 7) % (5 - context), (settings >> 5) % 5), packed);
        Lzma2Decoder decoder = new();
        decoder.Start(Lzma2Options.MinDictionary, packed.ToArray());
        byte[] plain = new byte[input.Length + 1];
        int count = decoder.Read(plain);
        Promise.Same(input, plain.AsSpan(0, count), "what is packed is unpacked again");
    }
}
