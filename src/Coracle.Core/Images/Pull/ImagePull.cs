using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// Pull: manifest, config, then the layers that are not here, several at a time, each unpacked as it arrives; one commit for all of
/// them; then the image's record, and from that instant the image exists; then its names and the event.
/// </summary>
public sealed class ImagePull(
    RegistryClient registries, ImageCatalog images, DeltaCounters counters, AbsentDeltas absent, EventStream events, TimeProvider time, ILogger logger,
    DeltaMode mode = DeltaMode.Auto, int maxConcurrentDownloads = ImagePull.DefaultConcurrentDownloads, string? deltaDataRoot = null) : IDisposable
{
    /// <summary>Docker's default.</summary>
    public const int DefaultConcurrentDownloads = 3;

    private readonly LayerClaims _claims = new();
    private readonly DeltaSearch _deltas = new(images.Store, mode, absent, logger);
    private readonly BalenaBases _bases = new(images, deltaDataRoot);
    private readonly LayerDownload _download = new(
        images.Store, new DeltaDownload(images.Store.Layers, mode, counters, events, logger), maxConcurrentDownloads);

    /// <summary>Runs to the end, also when nobody reads the lines. Cancelling stops the work; layers that are whole are kept for the next try.</summary>
    /// <exception cref="EngineException">In Docker's words.</exception>
    public async Task RunAsync(PullRequest request, ProgressLines progress, CancellationToken cancellationToken)
    {
        try
        {
            await PullAsync(request, progress, cancellationToken);
        }
        catch (Exception error) when (PullFailure.Translate(error) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
            BulkGarbage.GiveBack();
        }
    }

    public void Dispose() => _download.Dispose();

    private async Task PullAsync(PullRequest request, ProgressLines progress, CancellationToken cancellationToken)
    {
        foreach (Uri mirror in registries.MirrorsOf(request.Image))
        {
            try
            {
                await using RegistrySession mirrored = await registries.OpenMirrorAsync(mirror, request.Image, cancellationToken);
                await PullFromAsync(mirrored, request, progress, cancellationToken);
                return;
            }
            catch (Exception error) when (error is RegistryException or OciFormatException or ContentMismatchException)
            {
                Log.MirrorFailed(logger, mirror, error.Message);   // the registry itself may still have it
            }
        }

        await using RegistrySession session = await registries.OpenAsync(
            request.Image, RegistryCredentials.Parse(request.RegistryAuth), cancellationToken);
        await PullFromAsync(session, request, progress, cancellationToken);
    }

    private async Task PullFromAsync(
        RegistrySession session, PullRequest request, ProgressLines progress, CancellationToken cancellationToken)
    {
        bool isNew = false;
        List<Digest> ids = [];
        foreach (ImageReference image in await ImagesAsync(session, request.Image, cancellationToken))
        {
            Pulled pulled = await PullOneAsync(session, image, request.Platform, progress, cancellationToken);
            isNew |= pulled.IsNew;
            ids.Add(pulled.Id);
        }

        progress.Add(new ProgressLine(
            isNew ? $"Status: Downloaded newer image for {request.Image.Familiar}" : $"Status: Image is up to date for {request.Image.Familiar}"));
        WarnOfPlatform(request, ids, progress);
    }

    /// <summary>An image that is for one platform only is brought whatever was asked for; Docker says so and so do we.</summary>
    private void WarnOfPlatform(PullRequest request, List<Digest> ids, ProgressLines progress)
    {
        foreach (Digest id in ids)
        {
            if (request.Platform is { } wanted && images.Find(id)?.Config.Platform is { } actual && !actual.RunsOn(wanted))
            {
                progress.Add(new ProgressLine(
                    $"WARNING: image with reference {request.Image.Familiar} was found but does not match the specified platform: wanted {wanted}, actual: {actual}"));
            }
        }
    }

    /// <summary>A reference with neither tag nor digest means every tag (<c>docker pull -a</c>; the CLI adds <c>latest</c> otherwise).</summary>
    private static async Task<IReadOnlyList<ImageReference>> ImagesAsync(
        RegistrySession session, ImageReference asked, CancellationToken cancellationToken)
    {
        if (asked.Tag is not null || asked.Digest is not null)
        {
            return [asked];
        }

        List<ImageReference> images = [];
        foreach (string tag in await session.GetTagsAsync(cancellationToken))
        {
            images.Add(ImageReference.TryParse($"{asked.Name}:{tag}", out ImageReference? image, out string? error)
                ? image
                : throw new RegistryException(RegistryProblem.Protocol, $"the registry names a tag that is none: {error}"));
        }

        return images.Count > 0
            ? images
            : throw new RegistryException(RegistryProblem.NotFound, $"no tags in repository {asked.FamiliarName}");
    }

    private async Task<Pulled> PullOneAsync(
        RegistrySession session, ImageReference image, Platform? platform, ProgressLines progress, CancellationToken cancellationToken)
    {
        RemoteImage remote = new(session, image, platform);
        FetchedManifest top = await session.GetManifestAsync(image.TagOrDigest, cancellationToken);
        ManifestDocument document = remote.Parse(top);
        // Docker names the repository without its registry here, and parsers expect that.
        progress.Add(new ProgressLine($"Pulling from {image.Path}", image.TagOrDigest));

        ResolvedManifest resolved = await remote.ResolveAsync(top, document, cancellationToken);
        Pulled pulled = await BringAsync(session, resolved, image, progress, cancellationToken);
        progress.Add(new ProgressLine($"Digest: {top.Digest}"));
        Announce(image, pulled.Id);
        return pulled;
    }

    private async Task<Pulled> BringAsync(
        RegistrySession session, ResolvedManifest resolved, ImageReference image, ProgressLines progress, CancellationToken cancellationToken)
    {
        Digest id = resolved.Manifest.Config.Digest;
        if (await Task.Run(() => TryName(id, resolved.Documents, resolved, image), CancellationToken.None) is { } isNew)
        {
            return new Pulled(isNew, id);
        }

        byte[] configBytes = await session.GetBlobAsync(resolved.Manifest.Config, ImageConfig.MaxBytes, cancellationToken);
        ImageConfig config = ImageConfig.Parse(configBytes);
        if (BalenaLabels.TryRead(config) is { } delta)
        {
            return await ApplyAsync(session, delta, resolved, image, progress, cancellationToken);
        }

        IReadOnlyList<WantedLayer> layers = RemoteImage.Match(resolved.Manifest, config);
        ImageRecord record = new(id, config.Layers, DigestsOf(resolved.Documents));
        return await BringAsync(session, layers, record, configBytes, resolved, image, progress, cancellationToken);
    }

    /// <summary>A delta of balenaEngine's kind: what is brought, recorded and named is the image that it makes.</summary>
    /// <remarks>The delta's manifest is none of that image's: it is not kept, only its digest is a name.</remarks>
    private async Task<Pulled> ApplyAsync(
        RegistrySession session, BalenaLabels delta, ResolvedManifest resolved, ImageReference image, ProgressLines progress, CancellationToken cancellationToken)
    {
        if (await Task.Run(() => TryName(delta.Target, [], resolved, image), CancellationToken.None) is { } isNew)
        {
            return new Pulled(isNew, delta.Target);
        }

        using BalenaBase deltaBase = await Task.Run(() => _bases.Open(delta.BaseImage), CancellationToken.None);
        WantedLayer[] layers = BalenaLayerOrigin.Match(resolved.Manifest, delta.TargetConfig, deltaBase);
        ImageRecord record = new(delta.Target, delta.TargetConfig.Layers, []);
        return await BringAsync(session, layers, record, delta.TargetConfigBytes, resolved, image, progress, cancellationToken);
    }

    private async Task<Pulled> BringAsync(
        RegistrySession session, IReadOnlyList<WantedLayer> layers, ImageRecord record, byte[] configBytes, ResolvedManifest resolved,
        ImageReference image, ProgressLines progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<LayerLease> leases = await BringLayersAsync(
            session, image, resolved.Documents[^1].Digest, layers, progress, cancellationToken);
        try
        {
            bool isNew = await Task.Run(() => Record(record, configBytes, resolved, image), CancellationToken.None);
            return new Pulled(isNew, record.Id);
        }
        finally
        {
            Release(leases);
        }
    }

    /// <returns>A lease on every layer: until the image's record is there, nothing else keeps them.</returns>
    private async Task<IReadOnlyList<LayerLease>> BringLayersAsync(
        RegistrySession session, ImageReference image, Digest manifest, IReadOnlyList<WantedLayer> layers, ProgressLines progress,
        CancellationToken cancellationToken)
    {
        using BaseLeases bases = new(images.Store.Layers);
        List<LayerLease> leases = [];
        try
        {
            List<WantedLayer> missing = Lease(layers, leases);
            RoomCheck.Require(missing, images.Store.Layers);
            DeltaPlan plan = await _deltas.PlanAsync(session, image, manifest, missing, bases, cancellationToken);
            Announce(image, layers, missing, plan, progress);
            while (missing.Count > 0)
            {
                (IReadOnlyList<(WantedLayer Layer, LayerClaim Claim)> own, IReadOnlyList<LayerClaim> others) = _claims.Claim(missing, time);
                foreach (LayerClaim other in others)
                {
                    other.Progress.Watch(progress);
                }

                await BringOwnAsync(session, image, own, plan, progress, cancellationToken);
                foreach (LayerClaim other in others)
                {
                    await other.Ended.WaitAsync(cancellationToken);
                }

                // Another pull may have failed to bring what this one waited for: then it is this one's turn.
                missing = Lease(missing, leases);
            }

            return leases;
        }
        catch
        {
            Release(leases);
            throw;
        }
    }

    private async Task BringOwnAsync(
        RegistrySession session, ImageReference image, IReadOnlyList<(WantedLayer Layer, LayerClaim Claim)> own, DeltaPlan plan,
        ProgressLines progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<StagedLayer>> fetches = [];
        try
        {
            foreach ((WantedLayer layer, LayerClaim claim) in own)
            {
                claim.Progress.Watch(progress);
                fetches.Add(FetchAsync(session, image, layer, plan.For(layer.DiffId), claim.Progress, together));
            }

            await CommitAsync(fetches);
        }
        finally
        {
            foreach ((_, LayerClaim claim) in own)
            {
                _claims.Release(claim);
            }
        }
    }

    private async Task<StagedLayer> FetchAsync(
        RegistrySession session, ImageReference image, WantedLayer layer, LayerDelta? delta, LayerProgress progress, CancellationTokenSource together)
    {
        try
        {
            return await _download.FetchAsync(session, image, layer, delta, progress, together.Token);
        }
        catch
        {
            await together.CancelAsync();   // one layer's failure is the pull's
            throw;
        }
    }

    /// <summary>Waits for all, commits all at once. After a failure of the line the whole ones are committed too: a next try need not fetch them.</summary>
    private async Task CommitAsync(List<Task<StagedLayer>> fetches)
    {
        Exception? failure = null;
        List<StagedLayer> staged = [];
        foreach (Task<StagedLayer> fetch in fetches)
        {
            try
            {
                staged.Add(await fetch);
            }
            catch (Exception error)
            {
                // The first real failure cancelled the others.
                failure = failure is null or OperationCanceledException ? error : failure;
            }
        }

        try
        {
            if (failure is null or OperationCanceledException or RegistryException { IsTemporary: true })
            {
                await Task.Run(() => images.Store.Layers.Commit(staged), CancellationToken.None);
            }
        }
        finally
        {
            staged.ForEach(layer => layer.Dispose());
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private bool Record(ImageRecord record, byte[] configBytes, ResolvedManifest resolved, ImageReference image)
    {
        lock (images.Changing)
        {
            PutManifests(record.Manifests.Count > 0 ? resolved.Documents : []);
            images.Store.Images.Put(record, configBytes);
            images.Store.Layers.Settle(record.Layers);
            Log.ImagePulled(logger, image.Familiar, record.Id, record.Layers.Count);
            return SetNames(record.Id, resolved, image);
        }
    }

    /// <param name="documents">Those that lead to this very image.</param>
    /// <returns>Null where the image is not here, or not whole; else whether the name means another image than before.</returns>
    private bool? TryName(Digest id, IReadOnlyList<FetchedManifest> documents, ResolvedManifest resolved, ImageReference image)
    {
        // Looked at and named under one lock: a deletion in between would leave a name of nothing.
        lock (images.Changing)
        {
            if (images.Store.Images.Find(id) is not { } here || !IsWhole(here))
            {
                return null;
            }

            PutManifests(documents);
            IReadOnlyList<Digest> known = here.Manifests;
            Digest[] added = [.. DigestsOf(documents).Except(known)];
            if (added.Length > 0)
            {
                images.Store.Images.Update(id, record => record with { Manifests = [.. record.Manifests, .. added] });
            }

            return SetNames(id, resolved, image);
        }
    }

    private static Digest[] DigestsOf(IReadOnlyList<FetchedManifest> documents) => [.. documents.Select(document => document.Digest)];

    private void PutManifests(IReadOnlyList<FetchedManifest> documents)
    {
        foreach (FetchedManifest document in documents)
        {
            images.Store.Blobs.Put(document.Digest, document.Bytes);
        }
    }

    private bool SetNames(Digest id, ResolvedManifest resolved, ImageReference image)
    {
        string byDigest = image.AtDigest(resolved.Documents[0].Digest).ToString();
        bool changed = images.Store.Images.SetName(byDigest, id) != id;
        return image.Digest is null ? images.Store.Images.SetName(image.ToString(), id) != id : changed;
    }

    private bool IsWhole(ImageRecord record) => record.Layers.All(images.Store.Layers.Contains);

    /// <returns>The layers that are not here.</returns>
    private List<WantedLayer> Lease(IReadOnlyList<WantedLayer> layers, List<LayerLease> leases)
    {
        Dictionary<DiffId, WantedLayer> missing = [];
        foreach (WantedLayer layer in layers)
        {
            if (images.Store.Layers.TryLease(layer.DiffId) is { } lease)
            {
                leases.Add(lease);
            }
            else
            {
                missing.TryAdd(layer.DiffId, layer);   // an image may stack the same layer twice
            }
        }

        return [.. missing.Values];
    }

    private static void Announce(
        ImageReference image, IReadOnlyList<WantedLayer> layers, IReadOnlyList<WantedLayer> missing, DeltaPlan plan, ProgressLines progress)
    {
        if (plan.Count > 0)
        {
            // Before the rows: Docker's CLI forgets where its rows are when a line comes that is none.
            int here = 0;
            foreach (WantedLayer layer in layers)
            {
                here += missing.Contains(layer) ? 0 : 1;
            }

            progress.Add(new ProgressLine(plan.Summary(here, missing), image.TagOrDigest));
        }

        foreach (WantedLayer layer in layers)
        {
            string status = missing.Contains(layer) ? "Pulling fs layer" : "Already exists";
            progress.Add(new ProgressLine(status, LayerProgress.RowOf(layer.Blob), IsStep: true));
        }
    }

    private void Announce(ImageReference image, Digest id)
        => ImageEvents.Publish(events, images, "pull", image.Familiar, image.FamiliarName, id);

    private static void Release(IReadOnlyList<LayerLease> leases)
    {
        foreach (LayerLease lease in leases)
        {
            lease.Dispose();
        }
    }

    /// <param name="IsNew">Whether the name means another image than before.</param>
    private readonly record struct Pulled(bool IsNew, Digest Id);
}
