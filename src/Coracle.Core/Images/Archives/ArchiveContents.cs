using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>
/// Everything that an image archive held, while it is decided what of it is an image: documents in memory, layers in staging/.
/// Disposing it removes what was not committed and ends the leases.
/// </summary>
internal sealed class ArchiveContents(Store store) : IDisposable
{
    /// <summary>Unpacked and not committed, at once: each holds two descriptors.</summary>
    private const int MaxStaged = 32;

    private const int MaxMembers = 16 * 1024;

    /// <summary>All documents together. An image has a few KiB of them; parsing takes some six times the bytes.</summary>
    public const int MaxDocumentBytes = ManifestDocument.MaxBytes;

    /// <summary>A link of a link of a link: <c>docker save</c> makes one step.</summary>
    private const int MaxLinks = 8;

    private readonly Dictionary<string, ArchiveMember> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, ArchiveMember> _byDigest = [];
    private readonly Dictionary<DiffId, StagedLayer> _staged = [];
    private readonly Dictionary<DiffId, LayerLease> _leases = [];
    private int _documentBytes;

    /// <summary>Layers were made visible, which somebody must collect if no image comes to need them.</summary>
    public bool HasCommitted { get; private set; }

    /// <summary>Asked before a document's bytes are read.</summary>
    /// <exception cref="EngineException">More documents than an honest archive has.</exception>
    public void MakeRoom(int documentBytes)
    {
        _documentBytes += documentBytes;
        if (_documentBytes > MaxDocumentBytes)
        {
            throw new EngineException(Refusal.Failed, $"invalid archive: more than {MaxDocumentBytes} bytes of JSON");
        }
    }

    /// <exception cref="EngineException">More entries than an honest archive has.</exception>
    public void Add(string name, ArchiveMember member, Digest? blob = null)
    {
        if (_members.Count >= MaxMembers)
        {
            throw new EngineException(Refusal.Failed, $"invalid archive: more than {MaxMembers} entries");
        }

        // A name that comes twice means its last entry, as if it had been unpacked.
        _members[name] = member;
        if (blob is { } digest)
        {
            _byDigest[digest] = member;
        }
    }

    /// <summary>Takes over an unpacked layer; of two with the same content one is enough.</summary>
    public void Add(StagedLayer layer)
    {
        if (!_staged.TryAdd(layer.DiffId, layer))
        {
            layer.Dispose();
        }

        if (_staged.Count >= MaxStaged)
        {
            Commit(_staged.Keys.ToHashSet());
        }
    }

    /// <returns>Whether the layer is here and stays until this is disposed.</returns>
    public bool TryLease(DiffId layer)
    {
        if (!_leases.ContainsKey(layer) && store.Layers.TryLease(layer) is { } lease)
        {
            _leases.Add(layer, lease);
        }

        return _leases.ContainsKey(layer);
    }

    /// <returns>Whether the layer came with the archive, or is here and stays until this is disposed.</returns>
    public bool Has(DiffId layer) => _staged.ContainsKey(layer) || TryLease(layer);

    /// <summary>Makes those of the staged layers that are needed visible and durable, and forgets the others.</summary>
    public void Commit(IReadOnlySet<DiffId> needed)
    {
        StagedLayer[] layers = [.. _staged.Values.Where(layer => needed.Contains(layer.DiffId))];
        HasCommitted |= layers.Length > 0;
        store.Layers.Commit(layers);
        foreach (StagedLayer layer in layers)
        {
            TryLease(layer.DiffId);   // before the staged one ends its own
        }

        DisposeStaged();
    }

    /// <returns>Null where the archive has nothing of that name.</returns>
    public ArchiveMember? Find(string name)
    {
        string key = name;
        for (int links = 0; links <= MaxLinks; links++)
        {
            if (!_members.TryGetValue(key, out ArchiveMember? member) || member is not ArchiveMember.Link link)
            {
                return member;
            }

            key = link.Target;
        }

        return new ArchiveMember.Unusable("too many links");
    }

    /// <summary>By what its bytes hash to, wherever in the archive it stands.</summary>
    public ArchiveMember? Find(Digest blob) => _byDigest.GetValueOrDefault(blob);

    public void Dispose()
    {
        DisposeStaged();
        foreach (LayerLease lease in _leases.Values)
        {
            lease.Dispose();
        }

        _leases.Clear();
    }

    private void DisposeStaged()
    {
        foreach (StagedLayer layer in _staged.Values)
        {
            layer.Dispose();
        }

        _staged.Clear();
    }
}
