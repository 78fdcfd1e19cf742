using System.Text;
using Coracle.Oci;

namespace Coracle.Fuzz;

/// <summary>What a registry or an archive says about images.</summary>
internal static class OciTargets
{
    public static void Manifest(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        foreach (string? type in (string?[])[null, "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.v2+json"])
        {
            ManifestDocument document = ManifestDocument.Parse(bytes, type);
            if (document is ImageIndex index)
            {
                _ = index.Select(Platform.Host.Candidates());
            }
            else if (document is Manifest manifest)
            {
                Promise.Holds(manifest.Layers.All(layer => layer.Size >= 0) && manifest.Config.Size >= 0, "no size is negative");
                manifest.RequireImage();
            }
        }
    }

    public static void Config(ReadOnlySpan<byte> input)
    {
        ImageConfig config = ImageConfig.Parse(input.ToArray());
        _ = config.Platform.RunsOn(Platform.Host);
        _ = (config.Run.Env?.Count, config.Run.Healthcheck, config.Created, config.History.Count);
    }

    public static void ArchiveManifest(ReadOnlySpan<byte> input) => ArchiveImage.ParseAll(input.ToArray());

    public static void LayoutIndex(ReadOnlySpan<byte> input) => LayoutEntry.ParseAll(input.ToArray());

    public static void Artifact(ReadOnlySpan<byte> input)
    {
        byte[] again = ArtifactManifest.Parse(input.ToArray()).ToBytes();
        Promise.Holds(ArtifactManifest.Parse(again).ToBytes().AsSpan().SequenceEqual(again), "what is written is read and written alike");
    }

    public static void Referrers(ReadOnlySpan<byte> input)
    {
        ReferrerIndex index = ReferrerIndex.Parse(input.ToArray());
        ReferrerIndex again = ReferrerIndex.Parse(index.With([]));
        Promise.Holds(again.Count == index.Count && again.Entries.Count == index.Entries.Count, "no entry is lost");
    }

    public static void Reference(ReadOnlySpan<byte> input)
    {
        ImageReference reference = ImageReference.Parse(Encoding.UTF8.GetString(input));
        string canonical = reference.ToString();
        Promise.Holds(ImageReference.Parse(canonical).ToString() == canonical, "a reference says what it is, in a text that says the same");
        Promise.Holds(ImageReference.Parse(reference.Familiar).ToString() == canonical, "so does its familiar form");
        Promise.Holds(Ascii.IsValid(canonical) && !reference.Name.Split('/').Contains(".."), "no name climbs");
    }

    public static void Digests(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (Digest.TryParse(text, out Digest? digest))
        {
            Promise.Holds(digest.ToString() == text, "a digest has one spelling");
        }

        if (Digest.TryParseHex(text, out digest))
        {
            Promise.Holds(digest.ToHex() == text, "so have its digits");
        }

        if (Platform.TryParse(text, out Platform? platform, out _))
        {
            _ = platform.Candidates().Count;
            Promise.Holds(Platform.TryParse(platform.ToString(), out _, out _), "what a platform says of itself is one");
        }

        _ = Timestamp.Parse(text);
    }
}
