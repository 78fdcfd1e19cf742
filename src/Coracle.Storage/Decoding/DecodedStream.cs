namespace Coracle.Storage;

/// <summary>A whole archive, decompressed while it is read, in whichever way its first bytes say.</summary>
/// <remarks>Blocking, forward only. Memory as each decoder's remarks have it: at most the window that the archive was made with.</remarks>
public sealed class DecodedStream : Stream
{
    private readonly ILayerDecoder _decoder;

    private DecodedStream(ILayerDecoder decoder) => _decoder = decoder;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <param name="archive">Not owned. Its first bytes are read here.</param>
    /// <exception cref="LayerFormatException">Now or while reading: damaged, cut short, or it needs too much memory.</exception>
    public static DecodedStream Open(Stream archive) => new(LayerDecoders.Open(archive, LayerCompression.Detect));

    /// <summary>Whether these first bytes are of something compressed that can be read here.</summary>
    public static bool IsCompressed(ReadOnlySpan<byte> start) => LayerDecoders.Detect(start) != LayerCompression.None;

    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : _decoder.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
