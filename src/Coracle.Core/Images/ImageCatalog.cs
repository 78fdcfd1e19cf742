using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>
/// Finds images by what people type, and is the one place where images come and go: every change to records and names is made
/// under <see cref="Changing"/>, so that a removal never takes a document that a pull is about to refer to.
/// </summary>
public sealed class ImageCatalog(Store store) : IImageCatalog
{
    /// <summary>Docker's own search takes any length; fewer digits than this would find images by accident.</summary>
    private const int MinIdPrefix = 1;

    internal Lock Changing { get; } = new();

    internal Store Store => store;

    public ImageDetails Resolve(string nameOrId) => Details(FindRecord(nameOrId));

    public ImageDetails? Find(Digest id) => store.Images.Find(id) is { } record ? Details(record) : null;

    public ImageHold Hold(string nameOrId)
    {
        ImageDetails image = Resolve(nameOrId);
        List<LayerLease> leases = [];
        foreach (DiffId layer in image.Layers)
        {
            if (store.Layers.TryLease(layer) is not { } lease)
            {
                Release(leases);
                throw NoSuchImage(nameOrId);   // removed between the two steps
            }

            leases.Add(lease);
        }

        return new ImageHold(image, () => Release(leases));
    }

    /// <summary>Removes the layers that no image, no container and no hold needs.</summary>
    /// <returns>The layers removed.</returns>
    public IReadOnlyList<DiffId> CollectLayers(ImageUsers users) => store.Layers.CollectUnreferenced(Referenced(users));

    /// <summary>Start-up's form of it, which leaves what the next pull can go on with.</summary>
    public void RecoverLayers(ImageUsers users) => store.Layers.Recover(Referenced(users));

    private HashSet<DiffId> Referenced(ImageUsers users)
    {
        HashSet<DiffId> referenced = [.. store.Images.List().SelectMany(image => image.Layers)];
        foreach (ImageUser user in users())
        {
            referenced.UnionWith(user.Layers);
        }

        return referenced;
    }

    /// <exception cref="EngineException">404, in Docker's words.</exception>
    internal ImageRecord FindRecord(string nameOrId)
    {
        if (WholeId(nameOrId) is { } id)
        {
            return store.Images.Find(id) ?? throw NoSuchImage("sha256:" + id.ToHex());
        }

        if (!ImageReference.TryParse(nameOrId, out ImageReference? reference, out string? error))
        {
            throw new EngineException(Refusal.InvalidArgument, error);
        }

        return FindByName(reference) ?? FindByPrefix(nameOrId) ?? throw NoSuchImage(reference.WithDefaultTag().Familiar);
    }

    /// <summary>By name alone; null where there is none of that name.</summary>
    internal ImageRecord? FindByName(ImageReference reference)
    {
        // A digest says more than a tag, which may have moved since.
        ImageReference key = reference.Digest is { } digest ? reference.AtDigest(digest) : reference.WithDefaultTag();
        return store.Images.Names.TryGetValue(key.ToString(), out Digest? id) ? store.Images.Find(id) : null;
    }

    /// <summary>The names an image has, tags and digests, in canonical order.</summary>
    internal IReadOnlyList<ImageReference> NamesOf(Digest id)
    {
        List<ImageReference> names = [];
        foreach ((string name, Digest image) in store.Images.Names)
        {
            if (image == id && ImageReference.TryParse(name, out ImageReference? reference, out _))
            {
                names.Add(reference);
            }
        }

        return [.. names.OrderBy(name => name.ToString(), StringComparer.Ordinal)];
    }

    internal ImageDetails Details(ImageRecord record) => new(record.Id, ImageConfig.Parse(store.Blobs.Read(record.Id)));

    internal static EngineException NoSuchImage(string name) => new(Refusal.NotFound, $"No such image: {name}");

    /// <summary>Whether the text is an id or the beginning of one, rather than a name.</summary>
    internal static bool IsIdOf(string text, Digest id)
    {
        string hex = text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text;
        return hex.Length >= MinIdPrefix && id.ToHex().StartsWith(hex, StringComparison.Ordinal);
    }

    private ImageRecord? FindByPrefix(string prefix)
    {
        ImageRecord? found = null;
        foreach (ImageRecord record in store.Images.List())
        {
            if (IsIdOf(prefix, record.Id))
            {
                if (found is not null)
                {
                    return null;   // ambiguous: Docker says that there is no such image
                }

                found = record;
            }
        }

        return found;
    }

    private static Digest? WholeId(string text)
        => Digest.TryParse(text, out Digest? digest) || Digest.TryParseHex(text, out digest) ? digest : null;

    private static void Release(List<LayerLease> leases)
    {
        foreach (LayerLease lease in leases)
        {
            lease.Dispose();
        }
    }
}
