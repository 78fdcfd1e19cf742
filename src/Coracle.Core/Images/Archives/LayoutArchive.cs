using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The images of an OCI image layout: index.json names manifests, or indexes by platform, which name manifests.</summary>
internal sealed class LayoutArchive(ArchiveContents contents, Platform? platform)
{
    /// <summary>An index in an index is how a multi-platform image stands in a layout; more is nobody's.</summary>
    private const int MaxNesting = 4;

    /// <returns>Null where the archive is of another kind.</returns>
    /// <exception cref="EngineException">What it says does not fit together.</exception>
    /// <exception cref="OciFormatException">A document of it is broken.</exception>
    public IReadOnlyList<LoadedImage>? TryRead()
    {
        if (contents.Find(LayoutEntry.IndexFileName) is not { } index)
        {
            return null;
        }

        byte[] bytes = (index as ArchiveMember.Document ?? throw LoadedImage.Refused("invalid archive: index.json is not JSON")).Bytes;
        Dictionary<Digest, LoadedImage> images = [];
        foreach (LayoutEntry entry in LayoutEntry.ParseAll(bytes))
        {
            if (!entry.IsAttestation && Resolve(entry.Descriptor, 1) is { } manifest && Read(manifest, entry) is { } image)
            {
                // One image with two names stands there twice.
                images[image.Id] = images.TryGetValue(image.Id, out LoadedImage? known) ? known with { Names = [.. known.Names, .. image.Names] } : image;
            }
        }

        return [.. images.Values];
    }

    /// <returns>Null for what is no image (an artifact), which layouts may hold as well.</returns>
    private Manifest? Resolve(Descriptor descriptor, int depth)
    {
        ManifestDocument document = ManifestDocument.Parse(Document(descriptor).Bytes, descriptor.MediaType.Length > 0 ? descriptor.MediaType : null);
        if (document is Manifest manifest)
        {
            return MediaTypes.IsImageConfig(manifest.Config.MediaType) || DeltaLayout.IsOne(manifest) ? manifest : null;
        }

        if (depth == MaxNesting)
        {
            throw LoadedImage.Refused("invalid archive: indexes are nested too deeply");
        }

        Platform wanted = platform ?? Platform.Host;
        Descriptor chosen = ((ImageIndex)document).Select(wanted.Candidates())
            ?? throw LoadedImage.Refused($"no matching manifest for {wanted} in the archive");
        return Resolve(chosen, depth + 1);
    }

    private LoadedImage? Read(Manifest manifest, LayoutEntry entry)
        => DeltaLayout.IsOne(manifest) ? DeltaLayout.TryRead(contents, Document(entry.Descriptor).Bytes, NameOf(entry)) : Read(manifest, NameOf(entry));

    private LoadedImage Read(Manifest manifest, IReadOnlyList<ImageReference> names)
    {
        manifest.RequireImage();
        List<DiffId> layers = [];
        foreach (Descriptor blob in manifest.Layers)
        {
            layers.Add(Find(blob) switch
            {
                ArchiveMember.Layer layer => layer.DiffId,
                ArchiveMember.Unusable unusable => throw LoadedImage.Refused($"invalid archive: {blob.Digest}: {unusable.Why}"),
                _ => throw LoadedImage.Refused($"invalid archive: {blob.Digest} is not a layer"),
            });
        }

        return LoadedImage.Check(Document(manifest.Config), layers, names);
    }

    private ArchiveMember.Document Document(Descriptor descriptor)
        => Find(descriptor) as ArchiveMember.Document ?? throw LoadedImage.Refused($"invalid archive: {descriptor.Digest} is not JSON");

    /// <summary>By the digest of its bytes; a blob that has the right name and other bytes is said to be wrong, not to be missing.</summary>
    private ArchiveMember Find(Descriptor descriptor)
    {
        if (contents.Find(descriptor.Digest) is { } member)
        {
            return member;
        }

        throw contents.Find(LayoutEntry.BlobsDirectory + descriptor.Digest.ToHex()) switch
        {
            null => LoadedImage.Refused($"invalid archive: blob {descriptor.Digest} is not in it"),
            ArchiveMember.Unusable unusable => LoadedImage.Refused($"invalid archive: blob {descriptor.Digest}: {unusable.Why}"),
            _ => LoadedImage.Refused($"invalid archive: blob {descriptor.Digest} has other bytes than its digest says"),
        };
    }

    /// <summary>containerd's whole name; else what the writer of the layout called it, if that is a reference and not only a tag.</summary>
    private static IReadOnlyList<ImageReference> NameOf(LayoutEntry entry)
    {
        string? text = entry.ImageName ?? (entry.RefName?.AsSpan().ContainsAny(':', '/') == true ? entry.RefName : null);
        return text is not null && ImageReference.TryParse(text, out ImageReference? name, out _) && name.Digest is null
            ? [name.WithDefaultTag()]
            : [];
    }
}
