using System.Security.Cryptography;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A blob of an archive on its way to be unpacked: hashed, counted, and told to who watches.</summary>
internal sealed class ArchiveBlobStream(Stream blob, Action<long> progress) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _count; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int read = blob.Read(buffer);
        _hash.AppendData(buffer[..read]);
        _count += read;
        progress(_count);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Of everything read. Once, at the end.</summary>
    public Digest GetDigest()
    {
        Span<byte> sum = stackalloc byte[Digest.ByteLength];
        _hash.GetHashAndReset(sum);
        return new Digest(sum);
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
