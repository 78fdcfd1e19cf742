using Coracle.Linux;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>Manifests, indexes and configs by their digest: small documents, whole in memory. Never layers.</summary>
/// <remarks>Thread-safe: a blob's bytes are decided by its name, so two writers write the same, and one of them wins.</remarks>
public sealed class BlobStore
{
    /// <summary>Docker takes manifests up to 4 MiB and configs up to 8; nothing larger is a document.</summary>
    public const int MaxBlobLength = 8 * 1024 * 1024;

    private readonly DirectoryHandle _directory;
    private readonly Lock _writing = new();

    internal BlobStore(DirectoryHandle directory)
    {
        _directory = directory;
        DurableFile.RemoveTemporaries(directory);
    }

    /// <summary>Durable when it returns.</summary>
    /// <exception cref="ContentMismatchException">The content is not what the digest says.</exception>
    public void Put(Digest digest, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxBlobLength);
        Digest actual = Digest.Of(content);
        if (actual != digest)
        {
            throw ContentMismatchException.Hash(digest, actual);
        }

        lock (_writing)
        {
            if (!Contains(digest))
            {
                DurableFile.Replace(_directory, digest.ToHex(), content);
            }
        }
    }

    /// <exception cref="LinuxException">ENOENT: there is no such blob.</exception>
    /// <exception cref="ContentMismatchException">It is damaged.</exception>
    public byte[] Read(Digest digest)
    {
        byte[] content = DurableFile.TryRead(_directory, digest.ToHex(), MaxBlobLength)
            ?? throw new LinuxException("open", $"blob {digest}", Errno.ENOENT);
        Digest actual = Digest.Of(content);
        return actual == digest ? content : throw ContentMismatchException.Hash(digest, actual);
    }

    public bool Contains(Digest digest) => _directory.Exists(digest.ToHex());

    /// <returns>False when there was no such blob.</returns>
    public bool Remove(Digest digest) => _directory.RemoveIfPresent(digest.ToHex());

    /// <summary>All of them, in no order. Names that are no digests are nobody's and are passed over.</summary>
    public IReadOnlyList<Digest> List()
    {
        var digests = new List<Digest>();
        foreach (string name in _directory.List())
        {
            if (Digest.TryParseHex(name, out Digest? digest))
            {
                digests.Add(digest);
            }
        }

        return digests;
    }
}
