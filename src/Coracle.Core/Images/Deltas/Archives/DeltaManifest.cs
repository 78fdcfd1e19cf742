using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The artifact manifest of a set of deltas; <see cref="DeltaArtifact"/> has its words.</summary>
internal static class DeltaManifest
{
    /// <summary>As it stands in a registry: deltas alone, about a manifest that the registry has.</summary>
    public static ArtifactManifest Published(DeltaSet set, Descriptor subject)
    {
        List<AnnotatedDescriptor> layers = [];
        foreach (MadeLayer layer in set.Layers)
        {
            layers.Add(Describe(layer));
        }

        return new ArtifactManifest(DeltaArtifact.Type, subject, layers, Annotations(set));
    }

    /// <summary>As it stands in an archive, which has to do without a registry: the target's config first, then what is needed of its layers.</summary>
    /// <param name="knownAs">The digest by which the image's own repository knows it; null where that is not known.</param>
    public static ArtifactManifest Archived(DeltaSet set, Digest? knownAs)
    {
        Descriptor config = new(MediaTypes.OciConfig, set.Target.Id, set.ConfigBytes.Length);
        List<AnnotatedDescriptor> layers = [new AnnotatedDescriptor(config, "", new Dictionary<string, string>())];
        foreach (MadeLayer layer in set.Layers)
        {
            layers.Add(Describe(layer));
        }

        Dictionary<string, string> annotations = Annotations(set);
        if (knownAs is not null)
        {
            annotations[DeltaArtifact.KnownAs] = knownAs.ToString();
        }

        return new ArtifactManifest(DeltaArtifact.Type, set.Manifests.Count > 0 ? set.Manifests[0].Descriptor : null, layers, annotations);
    }

    private static AnnotatedDescriptor Describe(MadeLayer layer)
    {
        Dictionary<string, string> annotations = new()
        {
            [DeltaArtifact.To] = layer.Target.ToString(),
            [DeltaArtifact.Size] = layer.TarLength.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        if (layer.IsDelta)
        {
            annotations[DeltaArtifact.From] = Join(layer.Bases);
        }

        return new AnnotatedDescriptor(layer.Blob, "", annotations);
    }

    private static Dictionary<string, string> Annotations(DeltaSet set)
    {
        List<DiffId> all = [];
        foreach (MadeLayer layer in set.Layers)
        {
            foreach (DiffId needed in layer.Bases)
            {
                if (!all.Contains(needed))
                {
                    all.Add(needed);
                }
            }
        }

        Dictionary<string, string> annotations = [];
        if (Join([.. all]) is { Length: <= DeltaArtifact.MaxBasesLength } bases)
        {
            annotations[DeltaArtifact.Bases] = bases;
        }

        if (set.Source is not null)
        {
            annotations[DeltaArtifact.Source] = set.Source.ToString();
        }

        return annotations;
    }

    private static string Join(ReadOnlySpan<DiffId> layers)
    {
        string[] texts = new string[layers.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = layers[i].ToString();
        }

        return string.Join(',', texts);
    }
}
