using System.Globalization;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>Joins what an archive's documents say with the deltas that were in it.</summary>
internal static class DeltaOverview
{
    /// <exception cref="EngineException">It is no archive of deltas.</exception>
    /// <exception cref="OciFormatException">A document is broken.</exception>
    public static InspectedDelta Of(ArchiveContents documents, List<InspectedLayer> deltas)
    {
        if (documents.Find(LayoutEntry.IndexFileName) is not ArchiveMember.Document index)
        {
            throw LoadedImage.Refused("not an archive of deltas: it has no index.json");
        }

        foreach (LayoutEntry entry in LayoutEntry.ParseAll(index.Bytes))
        {
            if (documents.Find(entry.Descriptor.Digest) is ArchiveMember.Document document
                && ArtifactManifest.Parse(document.Bytes) is { ArtifactType: DeltaArtifact.Type } artifact)
            {
                return Of(documents, deltas, artifact, entry.ImageName);
            }
        }

        throw LoadedImage.Refused("not an archive of deltas: it holds an image as a whole");
    }

    private static InspectedDelta Of(ArchiveContents documents, List<InspectedLayer> deltas, ArtifactManifest artifact, string? name)
    {
        InspectedDelta overview = new() { Name = name, Manifest = artifact.Subject?.Digest };
        List<InspectedLayer> layers = [];
        ImageConfig? config = null;
        foreach (AnnotatedDescriptor layer in artifact.Layers)
        {
            if (MediaTypes.IsImageConfig(layer.Descriptor.MediaType))
            {
                overview.Id = layer.Descriptor.Digest;
                config = documents.Find(layer.Descriptor.Digest) is ArchiveMember.Document document ? ImageConfig.Parse(document.Bytes) : null;
            }
            else
            {
                layers.Add(Of(layer, deltas));
            }
        }

        overview.Layers = layers;
        overview.LayerCount = config?.Layers.Count ?? layers.Count;
        if (config is not null && artifact.Subject is { } subject && documents.Find(subject.Digest) is ArchiveMember.Document target)
        {
            Price(layers, config, ManifestDocument.Parse(target.Bytes, null) as Manifest);
        }

        return overview;
    }

    private static InspectedLayer Of(AnnotatedDescriptor layer, List<InspectedLayer> deltas)
    {
        foreach (InspectedLayer delta in deltas)
        {
            if (delta.Blob.Digest == layer.Descriptor.Digest)
            {
                return delta;
            }
        }

        DiffId target = new(Digest.TryParse(layer.Annotations.GetValueOrDefault(DeltaArtifact.To), out Digest? to) ? to : layer.Descriptor.Digest);
        return new InspectedLayer(target, layer.Descriptor)
        {
            TarLength = long.TryParse(layer.Annotations.GetValueOrDefault(DeltaArtifact.Size), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : 0,
            Problem = layer.Descriptor.MediaType == DeltaArtifact.LayerType ? "the archive does not have it" : null,
        };
    }

    private static void Price(List<InspectedLayer> layers, ImageConfig config, Manifest? manifest)
    {
        for (int i = 0; manifest is not null && i < manifest.Layers.Count && i < config.Layers.Count; i++)
        {
            foreach (InspectedLayer layer in layers)
            {
                if (layer.Target == config.Layers[i])
                {
                    layer.FullSize = manifest.Layers[i].Size;
                }
            }
        }
    }
}
