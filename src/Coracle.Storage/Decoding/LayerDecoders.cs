namespace Coracle.Storage;

/// <summary>Chooses the decoder.</summary>
internal static class LayerDecoders
{
    private const int MagicLength = 6;

    /// <param name="blob">Not owned.</param>
    /// <exception cref="LayerFormatException">Its beginning is not what the compression asks for.</exception>
    public static ILayerDecoder Open(Stream blob, LayerCompression compression)
    {
        if (compression != LayerCompression.Detect)
        {
            return Decoder(blob, compression);
        }

        var start = new PeekedStream(blob, MagicLength);
        return Decoder(start, Detect(start.Peeked));
    }

    /// <summary>What the first bytes say; <see cref="LayerCompression.None"/> where they say nothing.</summary>
    public static LayerCompression Detect(ReadOnlySpan<byte> start)
        => start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b, 8]) ? LayerCompression.Gzip
            : IsZstd(start) ? LayerCompression.Zstd
            : start.StartsWith("BZh"u8) ? LayerCompression.Bzip2
            : start.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? LayerCompression.Xz
            : LayerCompression.None;

    /// <summary>A frame, or one of the sixteen kinds that readers skip: estargz and pzstd begin with one.</summary>
    private static bool IsZstd(ReadOnlySpan<byte> start)
        => start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd])
            || (start.Length >= 4 && (start[0] & 0xf0) == 0x50 && start[1..].StartsWith((ReadOnlySpan<byte>)[0x2a, 0x4d, 0x18]));

    private static ILayerDecoder Decoder(Stream blob, LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => new GzipDecoder(blob),
        LayerCompression.Zstd => new ZstdDecoder(blob),
        LayerCompression.Bzip2 => new Bzip2Decoder(blob),
        LayerCompression.Xz => new XzDecoder(blob),
        _ => new PlainDecoder(blob),
    };
}
