using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A blob of an archive on its way to be unpacked: hashed, counted, and told to who watches.</summary>
internal sealed class ArchiveBlobStream(Stream blob, Action<long> progress) : BlockingReadStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    public override int Read(Span<byte> buffer)
    {
        int read = blob.Read(buffer);
        _hash.AppendData(buffer[..read]);
        _count += read;
        progress(_count);
        return read;
    }

    /// <summary>Of everything read. Once, at the end.</summary>
    public Digest GetDigest()
    {
        Span<byte> sum = stackalloc byte[Digest.ByteLength];
        _hash.GetHashAndReset(sum);
        return new Digest(sum);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
