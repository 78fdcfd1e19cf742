using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// Looks for deltas of the image that is pulled, once, where there can be any: something of the same repository must be here. Whatever
/// goes wrong is no failure of the pull, which then takes full layers.
/// </summary>
internal sealed class DeltaSearch(Store store, DeltaMode mode, AbsentDeltas absent, ILogger logger)
{
    /// <summary>One for each old image that a publisher cares about; each costs a request.</summary>
    private const int MaxArtifacts = 8;

    /// <param name="manifest">Of the platform's own manifest, which deltas are about.</param>
    /// <param name="missing">Each layer once.</param>
    /// <param name="bases">Holds the layers that the plan needs, until the caller disposes it.</param>
    /// <exception cref="EngineException">Deltas only, and a layer has none.</exception>
    public async Task<DeltaPlan> PlanAsync(
        RegistrySession session, ImageReference image, Digest manifest, IReadOnlyList<WantedLayer> missing, BaseLeases bases,
        CancellationToken cancellationToken)
    {
        if (mode == DeltaMode.Off || missing.Count == 0)
        {
            return DeltaPlan.Nothing;
        }

        List<LayerDelta> offers = await OffersAsync(session, image, manifest, cancellationToken);
        DeltaPlan plan = DeltaPlan.Choose(missing, offers, bases.Hold);
        if (mode == DeltaMode.Only)
        {
            RequireAll(plan, missing, image);
        }

        return plan;
    }

    private async Task<List<LayerDelta>> OffersAsync(
        RegistrySession session, ImageReference image, Digest manifest, CancellationToken cancellationToken)
    {
        List<LayerDelta> offers = [];
        string key = AbsentDeltas.KeyOf(session.Authority, image, manifest);
        // Who takes nothing but deltas would have no image for a day.
        if (mode != DeltaMode.Only && (absent.Has(key) || !await Task.Run(() => Knows(image), cancellationToken)))
        {
            return offers;
        }

        try
        {
            IReadOnlyList<AnnotatedDescriptor> artifacts =
                await new ReferrerSearch(session).GetReferrersAsync(manifest, DeltaArtifact.Type, cancellationToken);
            if (artifacts.Count == 0)
            {
                absent.Add(key);
            }

            foreach (AnnotatedDescriptor artifact in Usable(artifacts))
            {
                FetchedManifest fetched = await session.GetManifestAsync(artifact.Descriptor.Digest.ToString(), cancellationToken);
                offers.AddRange(DeltaArtifact.Read(ArtifactManifest.Parse(fetched.Bytes)));
            }
        }
        catch (Exception error) when (error is RegistryException or OciFormatException or ContentMismatchException)
        {
            Log.DeltaSearchFailed(logger, image.Familiar, error.Message);   // what was found before that is as good as ever
        }

        return offers;
    }

    /// <summary>Those whose bases are all here, then those that do not say what they need; of each kind the newest, which stand last.</summary>
    private List<AnnotatedDescriptor> Usable(IReadOnlyList<AnnotatedDescriptor> artifacts)
    {
        List<AnnotatedDescriptor> usable = [];
        foreach (bool wantSilent in (ReadOnlySpan<bool>)[false, true])
        {
            for (int i = artifacts.Count - 1; i >= 0 && usable.Count < MaxArtifacts; i--)
            {
                string? bases = artifacts[i].Annotations.GetValueOrDefault(DeltaArtifact.Bases);
                if (bases is null == wantSilent && (wantSilent || AreHere(DeltaArtifact.TryParseBases(bases))))
                {
                    usable.Add(artifacts[i]);
                }
            }
        }

        return usable;
    }

    private bool AreHere(DiffId[]? bases)
    {
        foreach (DiffId layer in bases ?? [])
        {
            if (!store.Layers.Contains(layer))
            {
                return false;
            }
        }

        return bases is not null;
    }

    /// <summary>Whether anything of the repository is here: an image by its name, or a layer that was seen there.</summary>
    private bool Knows(ImageReference image)
    {
        foreach (string name in store.Images.Names.Keys)
        {
            if (ImageReference.TryParse(name, out ImageReference? known, out _) && known.Name == image.Name)
            {
                return true;
            }
        }

        foreach (DiffId layer in store.Layers.List())
        {
            if (WasSeenIn(layer, image.Name))
            {
                return true;
            }
        }

        return false;
    }

    private bool WasSeenIn(DiffId layer, string repository)
    {
        try
        {
            foreach (KnownBlob blob in store.Layers.Find(layer)?.Blobs ?? [])
            {
                if (blob.Repository == repository)
                {
                    return true;
                }
            }
        }
        catch (LayerDamagedException)
        {
            // Nothing that a delta could stand on.
        }

        return false;
    }

    private static void RequireAll(DeltaPlan plan, IReadOnlyList<WantedLayer> missing, ImageReference image)
    {
        foreach (WantedLayer layer in missing)
        {
            if (plan.For(layer.DiffId) is null)
            {
                throw new EngineException(
                    Refusal.Failed, $"{image.Familiar}: no delta for layer {layer.DiffId} ({layer.Blob.Size} bytes in full), and this engine takes deltas only (--delta=only)");
            }
        }
    }
}
