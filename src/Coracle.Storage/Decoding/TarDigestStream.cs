using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>The decoder's output on its way to the tar reader: hashed, counted, told to who watches, and stopped when asked to.</summary>
internal sealed class TarDigestStream(ILayerDecoder decoder, Action<long>? progress, CancellationToken cancellationToken) : BlockingReadStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>For whoever works on what was read without reading on.</summary>
    public CancellationToken Stopped => cancellationToken;

    /// <summary>Bytes of the tar so far.</summary>
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int read = decoder.Read(buffer);
        _hash.AppendData(buffer[..read]);
        Count += read;
        progress?.Invoke(Count);
        return read;
    }

    /// <summary>Of everything read. Once, at the end.</summary>
    public DiffId GetDiffId()
    {
        Span<byte> sum = stackalloc byte[Digest.ByteLength];
        _hash.GetHashAndReset(sum);
        return new DiffId(new Digest(sum));
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
