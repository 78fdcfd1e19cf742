using System.Buffers;
using Coracle.Storage;

namespace Coracle.Fuzz;

/// <summary>What a blob is compressed with: each decoder alone, so that detection is in nobody's way.</summary>
internal static class DecoderTargets
{
    public static void Gzip(ReadOnlySpan<byte> input) => Decode(input, LayerCompression.Gzip);

    public static void Zstd(ReadOnlySpan<byte> input) => Decode(input, LayerCompression.Zstd);

    public static void Bzip2(ReadOnlySpan<byte> input) => Decode(input, LayerCompression.Bzip2);

    public static void Xz(ReadOnlySpan<byte> input) => Decode(input, LayerCompression.Xz);

    private static void Decode(ReadOnlySpan<byte> input, LayerCompression compression)
    {
        _ = LayerDecoders.Detect(input);
        using MemoryStream blob = new(input.ToArray());
        using ILayerDecoder decoder = LayerDecoders.Open(blob, compression);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            int total = 0, count;
            while (total < FuzzTarget.MaxOutputBytes && (count = decoder.Read(buffer)) > 0)
            {
                Promise.Holds(count <= buffer.Length, "a read gives no more than there is room for");
                total += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
