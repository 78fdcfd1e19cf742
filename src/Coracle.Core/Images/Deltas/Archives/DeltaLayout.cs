using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The image of an archive of deltas, once its members have been read: every layer must have come with it or have been here.</summary>
internal static class DeltaLayout
{
    /// <summary>Whether a manifest of a layout is the artifact of ours.</summary>
    public static bool IsOne(Manifest manifest) => manifest.Config.MediaType == MediaTypes.OciEmpty;

    /// <returns>Null for an artifact of another kind.</returns>
    /// <exception cref="EngineException">What it says does not fit together, or a layer is missing.</exception>
    /// <exception cref="OciFormatException">A document of it is broken.</exception>
    public static LoadedImage? TryRead(ArchiveContents contents, byte[] bytes, IReadOnlyList<ImageReference> names)
    {
        ArtifactManifest artifact = ArtifactManifest.Parse(bytes);
        if (artifact.ArtifactType != DeltaArtifact.Type)
        {
            return null;
        }

        ArchiveMember.Document? config = null;
        foreach (AnnotatedDescriptor layer in artifact.Layers)
        {
            if (MediaTypes.IsImageConfig(layer.Descriptor.MediaType))
            {
                config = contents.Find(layer.Descriptor.Digest) as ArchiveMember.Document;
            }
            else
            {
                Require(contents, layer.Descriptor.Digest);
            }
        }

        if (config is null)
        {
            throw LoadedImage.Refused("invalid archive: the new image's config is not in it");
        }

        IReadOnlyList<DiffId> layers = ImageConfig.Parse(config.Bytes).Layers;
        foreach (DiffId layer in layers)
        {
            if (!contents.Has(layer))
            {
                throw LoadedImage.Refused($"layer {layer} is neither here nor in the archive: pull or load the image that the delta was made from first");
            }
        }

        List<ArchiveMember.Document> documents = Documents(contents, artifact, config.Digest, out Digest? knownAs);
        return LoadedImage.Check(config, layers, names) with { Documents = documents, KnownAs = knownAs };
    }

    private static void Require(ArchiveContents contents, Digest blob)
    {
        if (contents.Find(blob) is not ArchiveMember.Layer)
        {
            throw LoadedImage.Refused(contents.Find(LayoutEntry.BlobsDirectory + blob.ToHex()) switch
            {
                ArchiveMember.Unusable unusable => unusable.Why,
                null => $"invalid archive: blob {blob} is not in it",
                _ => $"invalid archive: blob {blob} is no layer, or has other bytes than its digest says",
            });
        }
    }

    /// <summary>Of the archive's documents those that are the image's: the subject, where it names this config, and an index that names the subject.</summary>
    private static List<ArchiveMember.Document> Documents(ArchiveContents contents, ArtifactManifest artifact, Digest image, out Digest? knownAs)
    {
        knownAs = null;
        List<ArchiveMember.Document> documents = [];
        if (artifact.Subject is not { } subject || contents.Find(subject.Digest) is not ArchiveMember.Document own
            || ManifestDocument.Parse(own.Bytes, null) is not Manifest manifest || manifest.Config.Digest != image)
        {
            return documents;
        }

        documents.Add(own);
        if (Digest.TryParse(artifact.Annotations.GetValueOrDefault(DeltaArtifact.KnownAs), out Digest? known) && contents.Find(known) is ArchiveMember.Document document
            && (known == subject.Digest || Names(document, subject.Digest)))
        {
            knownAs = known;
            if (known != subject.Digest)
            {
                documents.Add(document);
            }
        }

        return documents;
    }

    private static bool Names(ArchiveMember.Document document, Digest manifest)
    {
        if (ManifestDocument.Parse(document.Bytes, null) is ImageIndex index)
        {
            foreach (Descriptor entry in index.Manifests)
            {
                if (entry.Digest == manifest)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
