using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>Publishes an artifact: its blobs, its manifest, and that its subject has a referrer more.</summary>
public sealed class ArtifactPush(RegistrySession session)
{
    /// <param name="layers">The blobs of the manifest's layers, in their order, as <see cref="BlobPush"/> takes them.</param>
    /// <param name="observers">One for each layer; empty for none.</param>
    /// <returns>The descriptor of the manifest as it is in the registry.</returns>
    /// <exception cref="RegistryException">As <see cref="BlobPush.RunAsync"/> and <see cref="RegistrySession.PutManifestAsync"/>.</exception>
    /// <exception cref="OciFormatException">The tag for the subject's referrers holds something else, or is full.</exception>
    public async Task<Descriptor> PushArtifactAsync(
        ArtifactManifest manifest, IReadOnlyList<Stream> layers, IReadOnlyList<IPushObserver> observers, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(layers.Count, manifest.Layers.Count);
        for (int i = 0; i < layers.Count; i++)
        {
            IPushObserver observer = i < observers.Count ? observers[i] : Nobody.Instance;
            await new BlobPush(session, manifest.Layers[i].Descriptor, layers[i], observer).RunAsync(mountFrom: null, cancellationToken);
        }

        MemoryStream config = new(ArtifactManifest.EmptyConfig.ToArray(), writable: false);
        await new BlobPush(session, ArtifactManifest.EmptyConfigDescriptor, config, Nobody.Instance).RunAsync(mountFrom: null, cancellationToken);
        byte[] bytes = manifest.ToBytes();
        Descriptor pushed = manifest.Describe(bytes).Descriptor;
        bool isListed = await session.PutManifestAsync(pushed.Digest.ToString(), MediaTypes.OciManifest, bytes, cancellationToken);
        if (!isListed && manifest.Subject is { } subject)
        {
            await new ReferrersTag(session, subject.Digest).AddAsync(bytes, cancellationToken);
        }

        return pushed;
    }

    private sealed class Nobody : IPushObserver
    {
        public static Nobody Instance { get; } = new();

        public void Sent(long bytes)
        {
        }

        public void RetryingIn(int seconds)
        {
        }
    }
}
