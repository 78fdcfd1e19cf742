using System.Security.Cryptography;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// A blob as it comes out of its pipe: it refuses to end unless length and digest are the promised ones, so whoever extracts it
/// as it arrives cannot commit what is not right. Blocking reads, on the layer's own thread.
/// </summary>
public sealed class VerifiedBlobStream(HandoffPipe pipe, Descriptor expected) : HandoffStream(pipe)
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _seen;
    private bool _verified;

    /// <exception cref="ContentMismatchException">More bytes than promised, fewer, or another digest.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _verified)
        {
            return 0;
        }

        int read = base.Read(buffer);
        if (read == 0)
        {
            Verify();
            return 0;
        }

        _seen += read;
        if (_seen > expected.Size)
        {
            // Stop here: a registry that sends more than it declared is lying or broken, and would otherwise
            // fill a small disk before the digest had a chance to disagree.
            throw ContentMismatchException.Size(expected.Digest, expected.Size, _seen);
        }

        _hash.AppendData(buffer[..read]);
        return read;
    }

    /// <summary>Reads what the extractor left (padding after the archive) so that the digest has covered every byte.</summary>
    /// <exception cref="ContentMismatchException">As <see cref="Read(Span{byte})"/>.</exception>
    public void ReadToVerifiedEnd()
    {
        Span<byte> rest = stackalloc byte[4096];
        while (Read(rest) > 0)
        {
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Verify()
    {
        if (_seen != expected.Size)
        {
            throw ContentMismatchException.Size(expected.Digest, expected.Size, _seen);
        }

        Span<byte> sum = stackalloc byte[Digest.ByteLength];
        _hash.GetHashAndReset(sum);
        Digest actual = new(sum);
        _verified = actual == expected.Digest ? true : throw ContentMismatchException.Hash(expected.Digest, actual);
    }
}
