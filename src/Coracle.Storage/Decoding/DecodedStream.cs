using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>A whole archive, decompressed while it is read, in whichever way its first bytes say.</summary>
/// <remarks>Blocking, forward only. Memory as each decoder's remarks have it: at most the window that the archive was made with.</remarks>
public sealed class DecodedStream : BlockingReadStream
{
    private readonly ILayerDecoder _decoder;

    private DecodedStream(ILayerDecoder decoder) => _decoder = decoder;

    /// <param name="archive">Not owned. Its first bytes are read here.</param>
    /// <exception cref="LayerFormatException">Now or while reading: damaged, cut short, or it needs too much memory.</exception>
    public static DecodedStream Open(Stream archive) => new(LayerDecoders.Open(archive, LayerCompression.Detect));

    /// <summary>Whether these first bytes are of something compressed that can be read here.</summary>
    public static bool IsCompressed(ReadOnlySpan<byte> start) => LayerDecoders.Detect(start) != LayerCompression.None;

    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : _decoder.Read(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
