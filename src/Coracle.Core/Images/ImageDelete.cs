using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>What a deletion did, in order: each is a name taken away, or an image or a layer gone.</summary>
public readonly record struct ImageDeletion(string? Untagged, string? Deleted);

/// <summary>Takes names away and, with the last one, the image; with Docker's conflicts.</summary>
/// <remarks>The rules are those of moby's daemon/images/image_delete.go, in its order.</remarks>
public sealed class ImageDelete(ImageCatalog images, ImageUsers users, EventStream events, ILogger logger)
{
    private const int ShortId = 12;

    /// <param name="isForced">Goes over stopped containers and several names, never over running containers.</param>
    /// <param name="platform">Null whatever platform it is for.</param>
    /// <exception cref="EngineException">404, or 409 with the reason.</exception>
    public IReadOnlyList<ImageDeletion> Delete(string nameOrId, bool isForced, Platform? platform = null)
    {
        List<ImageDeletion> done = [];
        lock (images.Changing)
        {
            ImageRecord record = images.FindRecord(nameOrId);
            PlatformChoice.Require(images.Details(record), nameOrId, platform);
            IReadOnlyList<ImageUser> using_ = [.. users().Where(user => user.ImageId == record.Id)];
            IReadOnlyList<ImageReference> names = images.NamesOf(record.Id);
            bool isById = ImageCatalog.IsIdOf(nameOrId, record.Id);
            if (!isById)
            {
                RefuseLastNameInUse(nameOrId, record.Id, names, using_, isForced);
                if (Untag(record.Id, ImageReference.Parse(nameOrId), done))
                {
                    return done;   // it has other names
                }
            }
            else if (IsSingleName(names))
            {
                RefuseInUse(record.Id, using_, isForced);
                UntagAll(record.Id, names, done);
            }

            if (isById || using_.Count == 0 || (isForced && !using_.Any(user => user.Running)))
            {
                RefuseInUse(record.Id, using_, isForced);
                RefuseSeveralNames(record.Id, isForced);
                Remove(record, done);
            }
        }

        return done;
    }

    /// <summary>The image with all its names, whoever uses it. Under <see cref="ImageCatalog.Changing"/>.</summary>
    /// <returns>Bytes of the layers that went with it.</returns>
    internal long Remove(ImageRecord record, List<ImageDeletion> done)
    {
        Dictionary<DiffId, long> sizes = SizesOf(record);
        IReadOnlyDictionary<string, string>? labels = images.Details(record).Config.Run.Labels;
        UntagAll(record.Id, images.NamesOf(record.Id), done);
        images.Store.Images.Remove(record.Id);
        ImageEvents.Publish(events, "delete", record.Id.ToString(), record.Id.ToString(), labels);
        done.Add(new ImageDeletion(null, record.Id.ToString()));

        HashSet<DiffId> gone = [.. images.CollectLayers(users)];
        IReadOnlyList<Digest> chain = ChainIds.Of(record.Layers);
        for (int i = record.Layers.Count - 1; i >= 0; i--)
        {
            if (gone.Contains(record.Layers[i]))
            {
                done.Add(new ImageDeletion(null, chain[i].ToString()));
            }
        }

        Log.ImageDeleted(logger, record.Id, gone.Count);
        return sizes.Keys.Where(gone.Contains).Sum(layer => sizes[layer]);
    }

    private Dictionary<DiffId, long> SizesOf(ImageRecord record)
    {
        Dictionary<DiffId, long> sizes = [];
        foreach (DiffId layer in record.Layers)
        {
            sizes[layer] = images.Store.Layers.Find(layer)?.Size ?? 0;
        }

        return sizes;
    }

    /// <returns>Whether the image still has names.</returns>
    private bool Untag(Digest id, ImageReference typed, List<ImageDeletion> done)
    {
        ImageReference name = typed.Digest is { } digest ? typed.AtDigest(digest) : typed.WithDefaultTag();
        Untag(id, [name], done);
        IReadOnlyList<ImageReference> left = images.NamesOf(id);
        if (name.Digest is null && !left.Any(other => other.Digest is null && other.Name == name.Name))
        {
            // Digests of a repository mean nothing to people once its last tag is gone.
            Untag(id, [.. left.Where(other => other.Name == name.Name)], done, isAnnounced: false);
            left = images.NamesOf(id);
        }

        return left.Count > 0;
    }

    private void UntagAll(Digest id, IReadOnlyList<ImageReference> names, List<ImageDeletion> done) => Untag(id, names, done);

    private void Untag(Digest id, IReadOnlyList<ImageReference> names, List<ImageDeletion> done, bool isAnnounced = true)
    {
        foreach (ImageReference name in names)
        {
            images.Store.Images.RemoveName(name.ToString());
            done.Add(new ImageDeletion(name.Familiar, null));
            if (isAnnounced)
            {
                ImageEvents.Publish(events, images, "untag", id.ToString(), id.ToString(), id);
            }
        }
    }

    private static void RefuseLastNameInUse(
        string typed, Digest id, IReadOnlyList<ImageReference> names, IReadOnlyList<ImageUser> using_, bool isForced)
    {
        if (!isForced && IsSingleName(names) && using_.Count > 0)
        {
            throw new EngineException(
                Refusal.Conflict,
                $"conflict: unable to remove repository reference \"{typed}\" (must force) - container {using_[0].ContainerId[..ShortId]} "
                + $"is using its referenced image {id.ToHex()[..ShortId]}");
        }
    }

    private static void RefuseInUse(Digest id, IReadOnlyList<ImageUser> using_, bool isForced)
    {
        if (using_.FirstOrDefault(user => user.Running) is { } running)
        {
            throw Conflict(id, "cannot be forced", $"image is being used by running container {running.ContainerId[..ShortId]}");
        }

        if (!isForced && using_.Count > 0)
        {
            throw Conflict(id, "must be forced", $"image is being used by stopped container {using_[0].ContainerId[..ShortId]}");
        }
    }

    private void RefuseSeveralNames(Digest id, bool isForced)
    {
        if (!isForced && images.NamesOf(id).Count > 0)
        {
            throw Conflict(id, "must be forced", "image is referenced in multiple repositories");
        }
    }

    private static EngineException Conflict(Digest id, string how, string why)
        => new(Refusal.Conflict, $"conflict: unable to delete {id.ToHex()[..ShortId]} ({how}) - {why}");

    /// <summary>At most one tag, and all digests in its repository: deleting by id then needs no force.</summary>
    private static bool IsSingleName(IReadOnlyList<ImageReference> names)
    {
        if (names.Count <= 1)
        {
            return true;
        }

        HashSet<string> repositories = [.. names.Select(name => name.Name)];
        return repositories.Count == 1 && names.Count(name => name.Digest is null) <= 1;
    }
}
