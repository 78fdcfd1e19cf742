using System.Security.Cryptography;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>
/// What a <see cref="TestRegistry"/> holds: bytes by digest, in memory or in a directory; which repository has what, in memory. Several
/// registries may serve one store at the same time.
/// </summary>
/// <param name="directory">Exists; null keeps everything in memory.</param>
internal sealed class TestRegistryStore(string? directory = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _bytes = [];
    private readonly HashSet<(string Repository, string Digest)> _blobs = [];
    private readonly Dictionary<(string Repository, string Digest), string> _manifests = [];
    private readonly SortedDictionary<string, string> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Stream> _uploads = [];
    private readonly Dictionary<string, long> _served = [];
    private int _lastUpload;

    public static string DigestOf(ReadOnlySpan<byte> bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Bytes of a blob or manifest that went out in bodies, over all requests.</summary>
    public long BytesServed(string digest)
    {
        lock (_lock)
        {
            return _served.GetValueOrDefault(digest);
        }
    }

    /// <summary>The same of everything, lists and errors included.</summary>
    public long BytesServedInAll
    {
        get
        {
            lock (_lock)
            {
                return _served.Values.Sum();
            }
        }
    }

    public void CountServed(string digest, int bytes)
    {
        lock (_lock)
        {
            _served[digest] = _served.GetValueOrDefault(digest) + bytes;
        }
    }

    /// <returns>The digest.</returns>
    public string PutBlob(string repository, byte[] bytes)
    {
        string digest = DigestOf(bytes);
        lock (_lock)
        {
            Keep(digest, bytes);
            _blobs.Add((repository, digest));
        }

        return digest;
    }

    /// <returns>The digest.</returns>
    public string PutManifest(string repository, string? tag, string mediaType, byte[] bytes)
    {
        string digest = DigestOf(bytes);
        lock (_lock)
        {
            Keep(digest, bytes);
            _manifests[(repository, digest)] = mediaType;
            if (tag is not null)
            {
                _tags[repository + ":" + tag] = digest;
            }
        }

        return digest;
    }

    public bool HasBlob(string repository, string digest)
    {
        lock (_lock)
        {
            return _blobs.Contains((repository, digest));
        }
    }

    public void Mount(string repository, string digest)
    {
        lock (_lock)
        {
            _blobs.Add((repository, digest));
        }
    }

    /// <returns>Null where there is no such manifest.</returns>
    public (string Digest, string MediaType, byte[] Bytes)? FindManifest(string repository, string tagOrDigest)
    {
        lock (_lock)
        {
            string digest = _tags.GetValueOrDefault(repository + ":" + tagOrDigest, tagOrDigest);
            return _manifests.TryGetValue((repository, digest), out string? type) ? (digest, type, Read(digest)) : null;
        }
    }

    /// <summary>By tag: the tag alone. By digest: the manifest and every tag of it.</summary>
    public bool Delete(string repository, string tagOrDigest)
    {
        lock (_lock)
        {
            if (_tags.Remove(repository + ":" + tagOrDigest))
            {
                return true;
            }

            foreach (string tag in _tags.Where(tag => tag.Key.StartsWith(repository + ":", StringComparison.Ordinal) && tag.Value == tagOrDigest).Select(tag => tag.Key).ToList())
            {
                _tags.Remove(tag);
            }

            return _manifests.Remove((repository, tagOrDigest));
        }
    }

    public IReadOnlyList<string> Tags(string repository)
    {
        lock (_lock)
        {
            return [.. _tags.Keys.Where(tag => tag.StartsWith(repository + ":", StringComparison.Ordinal)).Select(tag => tag[(repository.Length + 1)..])];
        }
    }

    /// <summary>Every manifest of the repository that is about this one.</summary>
    public IReadOnlyList<(string Digest, string MediaType, byte[] Bytes)> Referrers(string repository, string subject)
    {
        lock (_lock)
        {
            return [.. _manifests
                .Where(manifest => manifest.Key.Repository == repository)
                .OrderBy(manifest => manifest.Key.Digest, StringComparer.Ordinal)
                .Select(manifest => (manifest.Key.Digest, manifest.Value, Read(manifest.Key.Digest)))
                .Where(manifest => SubjectOf(manifest.Item3) == subject)];
        }
    }

    public Stream OpenBlob(string digest)
    {
        lock (_lock)
        {
            return directory is null ? new MemoryStream(_bytes[digest], writable: false) : File.OpenRead(PathOf(digest));
        }
    }

    public string BeginUpload()
    {
        lock (_lock)
        {
            string id = $"upload-{++_lastUpload}";
            _uploads[id] = directory is null
                ? new MemoryStream()
                : new FileStream(Path.Combine(directory, id), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 4096, FileOptions.DeleteOnClose);
            return id;
        }
    }

    /// <returns>Null where there is no such upload.</returns>
    public Stream? FindUpload(string id)
    {
        lock (_lock)
        {
            return _uploads.GetValueOrDefault(id);
        }
    }

    /// <summary>Ends an upload; it is a blob where the digest is right.</summary>
    public bool EndUpload(string repository, string id, string digest)
    {
        lock (_lock)
        {
            if (!_uploads.Remove(id, out Stream? upload))
            {
                return false;
            }

            using Stream ended = upload;
            upload.Position = 0;
            bool isRight = digest == "sha256:" + Convert.ToHexStringLower(SHA256.HashData(upload));
            if (isRight)
            {
                byte[] bytes = new byte[upload.Length];
                upload.Position = 0;
                upload.ReadExactly(bytes);
                Keep(digest, bytes);
                _blobs.Add((repository, digest));
            }

            return isRight;
        }
    }

    public static string? SubjectOf(byte[] manifest)
    {
        using JsonDocument document = JsonDocument.Parse(manifest);
        return document.RootElement.TryGetProperty("subject", out JsonElement subject) ? subject.GetProperty("digest").GetString() : null;
    }

    private void Keep(string digest, byte[] bytes)
    {
        if (directory is null)
        {
            _bytes[digest] = bytes;
        }
        else
        {
            File.WriteAllBytes(PathOf(digest), bytes);
        }
    }

    private byte[] Read(string digest) => directory is null ? _bytes[digest] : File.ReadAllBytes(PathOf(digest));

    private string PathOf(string digest) => Path.Combine(directory!, digest["sha256:".Length..]);
}
