using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>What a registry has under a name.</summary>
/// <param name="Descriptor">Of the tag's own document: an index, or a manifest.</param>
public sealed record DistributionAnswer(Descriptor Descriptor, IReadOnlyList<Platform> Platforms);

/// <summary>Asks a registry about an image without bringing it: <c>GET /distribution/{name}/json</c>, with which compose pins digests.</summary>
public sealed class DistributionQuery(RegistryClient registries)
{
    /// <param name="registryAuth">The client's X-Registry-Auth header as it came, or null.</param>
    /// <exception cref="EngineException">In Docker's words.</exception>
    public async Task<DistributionAnswer> AskAsync(ImageReference image, string? registryAuth, CancellationToken cancellationToken)
    {
        try
        {
            await using RegistrySession session = await registries.OpenAsync(image, RegistryCredentials.Parse(registryAuth), cancellationToken);
            FetchedManifest fetched = await session.GetManifestAsync(image.TagOrDigest, cancellationToken);
            ManifestDocument document = new RemoteImage(session, image, null).Parse(fetched);
            return new DistributionAnswer(
                new Descriptor(document.MediaType, fetched.Digest, fetched.Bytes.Length), await PlatformsAsync(session, document, cancellationToken));
        }
        catch (Exception error) when (PullFailure.Translate(error) is { } refusal)
        {
            throw refusal;
        }
    }

    private static async Task<IReadOnlyList<Platform>> PlatformsAsync(
        RegistrySession session, ManifestDocument document, CancellationToken cancellationToken)
    {
        if (document is ImageIndex index)
        {
            return [.. index.Manifests.Select(manifest => manifest.Platform).OfType<Platform>()];
        }

        Manifest manifest = (Manifest)document;
        if (!MediaTypes.IsImageConfig(manifest.Config.MediaType))
        {
            return [];
        }

        return [ImageConfig.Parse(await session.GetBlobAsync(manifest.Config, ImageConfig.MaxBytes, cancellationToken)).Platform];
    }
}
