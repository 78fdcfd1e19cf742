using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// <c>docker load</c>: an archive read once as it arrives, checked as a whole, then its layers committed together and its images
/// recorded. An archive with one bad image loads nothing.
/// </summary>
public sealed class ImageLoad(ImageCatalog images, ImageUsers users, EventStream events, TimeProvider time, ILogger logger, string? deltaDataRoot = null)
{
    /// <param name="body">The archive: Docker's or an OCI layout, compressed or not. Read to its end.</param>
    /// <param name="platform">Null takes of an index what fits this machine, and every image that stands alone.</param>
    /// <param name="isQuiet">No lines for layers, only for images.</param>
    /// <exception cref="EngineException">In Docker's words; nothing is left behind then.</exception>
    public async Task RunAsync(Stream body, Platform? platform, bool isQuiet, ProgressLines lines, CancellationToken cancellationToken)
    {
        try
        {
            await BodyFeed.RunAsync(body, (archive, aborted) => Load(archive, platform, isQuiet ? null : lines, lines, aborted), cancellationToken);
        }
        catch (Exception error) when (LoadFailure.Translate(error) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
            BulkGarbage.GiveBack();
        }
    }

    private int Load(Stream body, Platform? platform, ProgressLines? progress, ProgressLines lines, CancellationToken cancellationToken)
    {
        ArchiveContents? contents = null;
        try
        {
            contents = new ArchiveReader(images.Store, progress, time, cancellationToken).Read(body);
            ArchivedDelta deltas = new(images.Store, new BalenaBases(images, deltaDataRoot), lines, cancellationToken);
            IReadOnlyList<LoadedImage> loaded = deltas.Apply(Decide(contents, platform), contents);
            cancellationToken.ThrowIfCancellationRequested();
            contents.Commit(loaded.SelectMany(image => image.Config.Layers).ToHashSet());
            lock (images.Changing)
            {
                Record(loaded, contents, lines);
            }

            return loaded.Count;
        }
        finally
        {
            Forget(contents);
        }
    }

    private static IReadOnlyList<LoadedImage> Decide(ArchiveContents contents, Platform? platform)
    {
        // Docker's own manifest first, as moby does: of an archive with both it is the one that every version wrote.
        IReadOnlyList<LoadedImage> loaded = DockerArchive.TryRead(contents) ?? new LayoutArchive(contents, platform).TryRead()
            ?? throw LoadedImage.Refused(contents.Find("repositories") is null
                ? "invalid archive: neither manifest.json nor index.json is in it"
                : "invalid archive: it was saved by Docker before 1.10 and has no manifest.json");
        if (platform is null)
        {
            return loaded;
        }

        LoadedImage[] fitting = [.. loaded.Where(image => PlatformChoice.Fits(platform, image.Config.Platform))];
        return fitting.Length > 0 ? fitting : throw LoadedImage.Refused($"requested platform ({platform}) not found: no image of the archive is for it");
    }

    private void Record(IReadOnlyList<LoadedImage> loaded, ArchiveContents contents, ProgressLines lines)
    {
        foreach (LoadedImage image in loaded)
        {
            if (!image.Config.Layers.All(contents.TryLease))
            {
                throw LoadedImage.Refused($"image {image.Id}: a layer was removed meanwhile");   // deleted between two loads: not ours to say
            }

            Put(image);
            foreach (ImageReference name in image.Names)
            {
                Name(image.Id, name, lines);
                if (image.KnownAs is { } digest)
                {
                    images.Store.Images.SetName(name.AtDigest(digest).ToString(), image.Id);
                }
            }

            ImageEvents.Publish(events, "load", image.Id.ToString(), image.Id.ToString(), image.Config.Run.Labels);
            Log.ImageLoaded(logger, image.Id, image.Names.Count);
        }

        // Docker tells the ids only where there is no name at all to tell.
        foreach (LoadedImage image in loaded.All(image => image.Names.Count == 0) ? loaded : [])
        {
            lines.Add(ProgressLine.Text($"Loaded image ID: {image.Id}\n"));
        }
    }

    private void Put(LoadedImage image)
    {
        Digest[] manifests = new Digest[image.Documents.Count];
        for (int i = 0; i < manifests.Length; i++)
        {
            manifests[i] = image.Documents[i].Digest;
            images.Store.Blobs.Put(manifests[i], image.Documents[i].Bytes);
        }

        if (images.Store.Images.Find(image.Id) is not { } here)
        {
            images.Store.Images.Put(new ImageRecord(image.Id, image.Config.Layers, manifests), image.ConfigBytes);
        }
        else if (manifests.Except(here.Manifests).Any())
        {
            images.Store.Images.Update(image.Id, record => record with { Manifests = [.. record.Manifests, .. manifests.Except(record.Manifests)] });
        }
    }

    private void Name(Digest id, ImageReference name, ProgressLines lines)
    {
        Digest? previous = images.Store.Images.SetName(name.ToString(), id);
        if (previous is { } old && old != id)
        {
            lines.Add(ProgressLine.Text($"The image {name.Familiar} already exists, renaming the old one with ID {old} to empty string\n"));
        }

        lines.Add(ProgressLine.Text($"Loaded image: {name.Familiar}\n"));
    }

    /// <summary>Ends the leases; what was committed on the way and no image came to need is removed.</summary>
    private void Forget(ArchiveContents? contents)
    {
        contents?.Dispose();
        if (contents is null or { HasCommitted: true })
        {
            lock (images.Changing)
            {
                images.CollectLayers(users);
            }
        }
    }
}
