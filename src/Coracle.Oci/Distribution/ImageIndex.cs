using System.Text.Json;

namespace Coracle.Oci;

/// <summary>One image for several platforms: OCI's index, Docker's manifest list.</summary>
public sealed record ImageIndex(string MediaType, IReadOnlyList<Descriptor> Manifests) : ManifestDocument(MediaType)
{
    /// <summary>
    /// The manifest that suits the machine best: the first wanted platform that has an entry; of equal entries the first,
    /// as Docker takes it.
    /// </summary>
    /// <param name="wanted">Best first: <see cref="Platform.Candidates"/>.</param>
    public Descriptor? Select(IReadOnlyList<Platform> wanted)
    {
        foreach (Platform platform in wanted)
        {
            foreach (Descriptor manifest in Manifests)
            {
                if (manifest.Platform is { } offered && offered.IsSameAs(platform) && IsRunnable(manifest))
                {
                    return manifest;
                }
            }
        }

        return null;
    }

    internal static ImageIndex Read(JsonElement root, string mediaType)
    {
        List<Descriptor> manifests = [];
        foreach (JsonElement manifest in root.Items("manifests"))
        {
            manifests.Add(Descriptor.Read(manifest, "entry in index"));
        }

        return new ImageIndex(mediaType, manifests);
    }

    // Indexes may nest (none does in practice) and may carry artifacts beside images.
    private static bool IsRunnable(Descriptor manifest) => MediaTypes.IsManifest(manifest.MediaType) || MediaTypes.IsIndex(manifest.MediaType);
}
