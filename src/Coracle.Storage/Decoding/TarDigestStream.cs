using System.Security.Cryptography;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>The decoder's output on its way to the tar reader: hashed, counted, told to who watches, and stopped when asked to.</summary>
internal sealed class TarDigestStream(ILayerDecoder decoder, Action<long>? progress, CancellationToken cancellationToken) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes of the tar so far.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Count; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int read = decoder.Read(buffer);
        _hash.AppendData(buffer[..read]);
        Count += read;
        progress?.Invoke(Count);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Of everything read. Once, at the end.</summary>
    public DiffId GetDiffId()
    {
        Span<byte> sum = stackalloc byte[Digest.ByteLength];
        _hash.GetHashAndReset(sum);
        return new DiffId(new Digest(sum));
    }

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
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
