using Coracle.Delta;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>The tar that a delta makes, as a stream. It ends only after the delta's own blob has proved its digest.</summary>
internal sealed class DecodedTar(DeltaDecoder decoder, VerifiedBlobStream blob) : Stream
{
    /// <summary>All of the tar has been given out, by a delta that is the promised one.</summary>
    public bool IsComplete { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || IsComplete)
        {
            return 0;
        }

        int read = decoder.Read(buffer);
        if (read == 0)
        {
            blob.ReadToVerifiedEnd();
            IsComplete = true;
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
