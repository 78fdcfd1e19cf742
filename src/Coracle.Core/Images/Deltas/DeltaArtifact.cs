using Coracle.Oci;

namespace Coracle.Core;

/// <summary>
/// How deltas stand in a registry: an artifact whose subject is the target's own manifest (the platform's, not the index), one blob for
/// each layer that has a delta. <c>docs/deltas.md</c> has the words for other tools.
/// </summary>
internal static class DeltaArtifact
{
    public const string Type = "application/vnd.coracle.image.delta.v1";
    public const string LayerType = "application/vnd.coracle.layer.delta.v1";

    /// <summary>Of a layer: the diffID it makes.</summary>
    public const string To = "coracle.delta.to";

    /// <summary>Of a layer: the diffIDs it needs, with commas between them.</summary>
    public const string From = "coracle.delta.from";

    /// <summary>Of a layer: bytes of the tar it makes.</summary>
    public const string Size = "coracle.delta.size";

    /// <summary>Of the manifest, which registries repeat in the list of referrers: all that its layers need. Absent where that is too long to repeat.</summary>
    public const string Bases = "coracle.delta.bases";

    /// <summary>Of the manifest: digest of the old image's manifest, where it is known.</summary>
    public const string Source = "coracle.delta.source";

    /// <summary>Of the manifest, in archives only: the digest by which the repository of the image's name knows it.</summary>
    public const string KnownAs = "coracle.delta.known-as";

    /// <summary>A list of diffIDs that is longer is left out of <see cref="Bases"/>.</summary>
    public const int MaxBasesLength = 4096;

    /// <summary>What the delta format can name; an image has no more layers either.</summary>
    public const int MaxBases = RemoteImage.MaxLayers;

    /// <summary>The deltas of a manifest. What is no delta of ours, or of a later version, is passed over: full layers do without.</summary>
    public static List<LayerDelta> Read(ArtifactManifest manifest)
    {
        List<LayerDelta> deltas = [];
        if (manifest.ArtifactType != Type)
        {
            return deltas;
        }

        foreach (AnnotatedDescriptor layer in manifest.Layers)
        {
            if (layer.Descriptor.MediaType == LayerType && Digest.TryParse(TextOf(layer, To), out Digest? target)
                && TryParseBases(TextOf(layer, From)) is { } bases)
            {
                deltas.Add(new LayerDelta(layer.Descriptor, new DiffId(target), bases));
            }
        }

        return deltas;
    }

    /// <returns>Null where it is no list of diffIDs; empty where it is empty: a delta may need nothing.</returns>
    public static DiffId[]? TryParseBases(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return text is null ? null : [];
        }

        string[] parts = text.Split(',', MaxBases + 1);
        DiffId[] bases = new DiffId[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!Digest.TryParse(parts[i], out Digest? digest))
            {
                return null;
            }

            bases[i] = new DiffId(digest);
        }

        return parts.Length <= MaxBases ? bases : null;
    }

    private static string? TextOf(AnnotatedDescriptor layer, string name) => layer.Annotations.GetValueOrDefault(name);
}
