using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary><c>delta push</c>: makes the deltas to an image and publishes them beside it, where a pull looks for them.</summary>
public sealed class DeltaPush(RegistryClient registries, ImageCatalog images, DeltaCreation creation, AbsentDeltas absent, TimeProvider time, ILogger logger)
{
    /// <param name="image">The new image, by name; its repository gets the deltas.</param>
    /// <param name="registryAuth">The client's X-Registry-Auth header as it came, or null.</param>
    /// <exception cref="EngineException">It is not here or has no manifest that the registry has; or the registry, the disk or a layer failed.</exception>
    public async Task RunAsync(
        ImageReference image, DeltaRequest request, string? registryAuth, ProgressLines lines, CancellationToken cancellationToken)
    {
        try
        {
            request.Require();
            List<StoredManifest> manifests = await Task.Run(() => ManifestsOf(request.Target), cancellationToken);
            await using RegistrySession session = await registries.OpenForPushAsync(
                image, [], RegistryCredentials.Parse(registryAuth), cancellationToken);
            // Asked before the work: minutes of it are not to end with this answer.
            Descriptor subject = await FindAsync(session, image, manifests, cancellationToken);
            lines.Add(new ProgressLine($"The deltas are for {image.FamiliarName}@{subject.Digest}"));
            using DeltaSet set = await creation.RunAsync(request, orInFull: false, lines, cancellationToken);
            if (set.Target.Id != manifests[0].Image)
            {
                throw new EngineException(Refusal.Conflict, $"{request.Target} became another image meanwhile: nothing published");
            }

            await PublishAsync(session, image, set, subject, lines, cancellationToken);
        }
        catch (Exception error) when (DeltaFailure.Translate(error) is { } refusal)
        {
            throw refusal;
        }
    }

    private List<StoredManifest> ManifestsOf(string image)
    {
        ImageRecord record = images.FindRecord(image);
        List<StoredManifest> own = StoredManifest.ListOf(record, images.Store.Blobs);
        return own.Count > 0 ? own : throw new EngineException(
            Refusal.Conflict, $"{image} has no manifest here: it was never pulled from a registry nor pushed to one, and deltas are published beside a manifest");
    }

    /// <summary>An image may have come by several manifests, compressed by different tools; deltas are about the one that this repository has.</summary>
    private static async Task<Descriptor> FindAsync(
        RegistrySession session, ImageReference image, List<StoredManifest> manifests, CancellationToken cancellationToken)
    {
        foreach (StoredManifest manifest in manifests)
        {
            if (manifest.IsImage && await session.FindManifestAsync(manifest.Digest.ToString(), cancellationToken) is not null)
            {
                return manifest.Descriptor;
            }
        }

        throw new EngineException(
            Refusal.NotFound, $"{image.FamiliarName} has no manifest {manifests[0].Digest}: push the image there first, then its deltas");
    }

    private async Task PublishAsync(
        RegistrySession session, ImageReference image, DeltaSet set, Descriptor subject, ProgressLines lines, CancellationToken cancellationToken)
    {
        if (set.Layers.Count == 0)
        {
            lines.Add(new ProgressLine(set.Shared == set.Target.Layers.Count
                ? "nothing published: the old images have all layers of the new one"
                : "nothing published: no delta is smaller than 70 % of its layer"));
            return;
        }

        List<Stream> blobs = [];
        List<IPushObserver> observers = [];
        foreach (MadeLayer layer in set.Layers)
        {
            blobs.Add(layer.Content);
            observers.Add(new PushRow(layer.Blob, lines, time));
        }

        Descriptor pushed = await new ArtifactPush(session).PushArtifactAsync(DeltaManifest.Published(set, subject), blobs, observers, cancellationToken);
        absent.Forget(AbsentDeltas.KeyOf(session.Authority, image, subject.Digest));
        lines.Add(new ProgressLine(set.Summary()));
        lines.Add(new ProgressLine($"Published: {image.FamiliarName}@{pushed.Digest}"));
        Log.DeltasPublished(logger, image.Familiar, pushed.Digest, set.Summary());
    }
}
