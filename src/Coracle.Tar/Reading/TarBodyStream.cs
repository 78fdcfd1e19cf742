namespace Coracle.Tar;

/// <summary>The body of the entry that a reader stands at, as a stream. Good until the reader moves on; owns nothing.</summary>
public sealed class TarBodyStream(TarReader reader) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => reader.Entry.Size;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer) => reader.ReadBody(buffer);

    public override int Read(byte[] buffer, int offset, int count) => reader.ReadBody(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
