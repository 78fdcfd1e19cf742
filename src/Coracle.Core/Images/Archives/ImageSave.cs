using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary><c>docker save</c>: images as one tar that Docker, skopeo and this engine load, and that is an OCI layout as well.</summary>
public sealed class ImageSave(ImageCatalog images, EventStream events)
{
    /// <param name="names">Each an id, a name with tag or digest, or a repository: all its tags.</param>
    /// <param name="platform">Null takes each image as it is.</param>
    /// <exception cref="EngineException">Before the first byte: 404 for what is not here or is for another platform, 400 for what is no name.</exception>
    public async Task WriteAsync(IReadOnlyList<string> names, Platform? platform, Stream client, CancellationToken cancellationToken)
    {
        using ImageArchive archive = await Task.Run(() => Plan(names, platform), cancellationToken);
        try
        {
            await Task.Run(() => archive.WriteAsync(client, cancellationToken), cancellationToken);
        }
        finally
        {
            BulkGarbage.GiveBack();
        }

        foreach (SavedImage image in archive.Images)
        {
            string id = image.Image.Id.ToString();
            ImageEvents.Publish(events, "save", id, id, image.Image.Config.Run.Labels);
        }
    }

    private ImageArchive Plan(IReadOnlyList<string> names, Platform? platform)
    {
        if (names.Count == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "no image names given");
        }

        List<SavedImage> saved = [];
        List<LayerLease> leases = [];
        try
        {
            lock (images.Changing)
            {
                foreach (string name in names)
                {
                    Add(name, platform, saved, leases);
                }
            }

            return new ImageArchive(images.Store, saved, leases);
        }
        catch
        {
            leases.ForEach(lease => lease.Dispose());
            throw;
        }
    }

    private void Add(string typed, Platform? platform, List<SavedImage> saved, List<LayerLease> leases)
    {
        ImageReference? reference = ImageReference.TryParse(typed, out ImageReference? parsed, out _) ? parsed : null;
        if (reference is { Tag: null, Digest: null } && TagsOf(reference) is { Count: > 0 } tags)
        {
            foreach (ImageReference tag in tags)
            {
                Add(images.FindByName(tag) ?? throw ImageCatalog.NoSuchImage(typed), typed, platform, saved, leases, tag);
            }

            return;
        }

        ImageRecord record = images.FindRecord(typed);
        bool isTag = reference is { Tag: not null, Digest: null } && images.FindByName(reference) is not null;
        Add(record, typed, platform, saved, leases, isTag ? reference : null);
    }

    private void Add(
        ImageRecord record, string typed, Platform? platform, List<SavedImage> saved, List<LayerLease> leases, ImageReference? tag)
    {
        SavedImage? image = saved.Find(known => known.Image.Id == record.Id);
        if (image is null)
        {
            image = Prepare(record, typed, platform, leases);
            saved.Add(image);
        }

        if (tag is not null && !image.Tags.Contains(tag))
        {
            image.Tags.Add(tag);
        }
    }

    private SavedImage Prepare(ImageRecord record, string typed, Platform? platform, List<LayerLease> leases)
    {
        ImageDetails details = images.Details(record);
        PlatformChoice.Require(details, typed, platform);
        if (details.Layers.Count == 0)
        {
            throw new EngineException(Refusal.Failed, "empty export - not implemented");   // Docker's words
        }

        List<Descriptor> layers = [];
        foreach (DiffId layer in details.Layers)
        {
            leases.Add(images.Store.Layers.TryLease(layer) ?? throw ImageCatalog.NoSuchImage(typed));
            long length = images.Store.Layers.Find(layer)?.TarLength ?? throw ImageCatalog.NoSuchImage(typed);
            layers.Add(new Descriptor(MediaTypes.OciLayer, layer.Digest, length));
        }

        byte[] config = images.Store.Blobs.Read(record.Id);
        return new SavedImage(details, config, layers, SaveDocuments.Manifest(record.Id, config.Length, layers));
    }

    private List<ImageReference> TagsOf(ImageReference repository)
    {
        List<ImageReference> tags = [];
        foreach (string name in images.Store.Images.Names.Keys.Order(StringComparer.Ordinal))
        {
            if (ImageReference.TryParse(name, out ImageReference? tag, out _) && tag is { Tag: not null, Digest: null } && tag.Name == repository.Name)
            {
                tags.Add(tag);
            }
        }

        return tags;
    }
}
