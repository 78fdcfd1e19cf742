using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>The manifest that was chosen, with every document on the way to it, the tag's own first.</summary>
internal sealed record ResolvedManifest(Manifest Manifest, IReadOnlyList<FetchedManifest> Documents);

/// <summary>From a tag to the one manifest for this machine, refusing on the way what is no image that can run here.</summary>
internal sealed class RemoteImage(RegistrySession session, ImageReference image, Platform? platform)
{
    /// <summary>Overlay takes no more lower directories from one mount call, and Docker's own limit is the same.</summary>
    public const int MaxLayers = 127;

    /// <summary>An index of indexes is legal; nobody needs many.</summary>
    private const int MaxNesting = 3;

    /// <exception cref="OciFormatException">Not a manifest that is supported.</exception>
    public ManifestDocument Parse(FetchedManifest fetched)
    {
        if (fetched.ContentType is "text/html")
        {
            throw new OciFormatException("unsupported manifest media type and no default available: text/html");
        }

        if (fetched.ContentType is { } type && MediaTypes.IsSchemaOne(type))
        {
            throw new OciFormatException(
                "[DEPRECATION NOTICE] Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is disabled by default and "
                + $"will be removed in an upcoming release. Suggest the author of {image.Familiar} to upgrade the image to the OCI Format or "
                + "Docker Image manifest v2, schema 2. More information at https://docs.docker.com/go/deprecated-image-specs/");
        }

        return fetched.Parse();
    }

    public async Task<ResolvedManifest> ResolveAsync(FetchedManifest top, ManifestDocument document, CancellationToken cancellationToken)
    {
        List<FetchedManifest> documents = [top];
        while (document is ImageIndex index)
        {
            Descriptor chosen = index.Select((platform ?? Platform.Host).Candidates()) ?? throw new EngineException(
                Refusal.NotFound, $"no matching manifest for {platform ?? Platform.Host.WithoutLevel()} in the manifest list entries");
            if (documents.Count > MaxNesting)
            {
                throw new OciFormatException("indexes are nested too deeply");
            }

            FetchedManifest fetched = await session.GetManifestAsync(chosen.Digest.ToString(), cancellationToken);
            documents.Add(fetched);
            document = Parse(fetched);
        }

        Manifest manifest = (Manifest)document;
        manifest.RequireImage();
        if (manifest.Layers.Count > MaxLayers)
        {
            throw new OciFormatException($"{image.Familiar}: max depth exceeded: it has {manifest.Layers.Count} layers, {MaxLayers} are supported");
        }

        return new ResolvedManifest(manifest, documents);
    }

    /// <summary>Pairs the manifest's blobs with the config's diffIDs.</summary>
    /// <exception cref="OciFormatException">They do not match, or the image is for another operating system.</exception>
    public static IReadOnlyList<WantedLayer> Match(Manifest manifest, ImageConfig config)
    {
        if (config.Platform.Os != "linux")
        {
            throw new OciFormatException($"image operating system \"{config.Os}\" cannot be used on this platform");
        }

        return manifest.Layers.Count == config.Layers.Count
            ? [.. manifest.Layers.Zip(config.Layers, (blob, diffId) => new WantedLayer(blob, diffId))]
            : throw new OciFormatException("layers from manifest don't match image configuration");
    }
}
