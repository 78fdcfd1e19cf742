namespace Coracle.Storage;

/// <summary>Chooses the decoder.</summary>
internal static class LayerDecoders
{
    private const int MagicLength = 6;

    /// <param name="blob">Not owned.</param>
    /// <exception cref="LayerFormatException">Compressed in a way that is not supported.</exception>
    public static ILayerDecoder Open(Stream blob, LayerCompression compression)
    {
        switch (compression)
        {
            case LayerCompression.None:
                return new PlainDecoder(blob);
            case LayerCompression.Gzip:
                return new GzipDecoder(blob);
            default:
                var start = new PeekedStream(blob, MagicLength);
                return Detect(start.Peeked) == LayerCompression.Gzip ? new GzipDecoder(start) : new PlainDecoder(start);
        }
    }

    private static LayerCompression Detect(ReadOnlySpan<byte> magic)
    {
        string? unsupported = magic.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? "zstd"
            : magic.StartsWith("BZh"u8) ? "bzip2"
            : magic.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz"
            : null;
        return unsupported is null
            ? magic.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b, 8]) ? LayerCompression.Gzip : LayerCompression.None
            : throw new LayerFormatException($"layers compressed with {unsupported} are not supported");
    }
}
