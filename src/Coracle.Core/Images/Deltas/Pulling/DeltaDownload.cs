using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>Brings one layer by its delta, and tells why where that fails: the layer then comes in full.</summary>
internal sealed class DeltaDownload(LayerStore layers, DeltaMode mode, DeltaCounters counters, EventStream events, ILogger logger)
{
    /// <returns>Unpacked and verified, not yet committed; null: bring the full layer.</returns>
    /// <exception cref="RegistryException">The line is dead: a full layer would not come either, and the next try needs no more than the delta.</exception>
    /// <exception cref="EngineException">It failed, and this engine takes deltas only.</exception>
    public async Task<StagedLayer?> TryFetchAsync(
        RegistrySession session, ImageReference image, WantedLayer layer, LayerDelta delta, LayerProgress progress,
        CancellationToken cancellationToken)
    {
        progress.Fetching(delta.Blob.Size);
        try
        {
            StagedLayer staged = await LayerFeed.RunAsync(
                session, delta.Blob, progress, counters, (source, stop) => Apply(source, delta, stop), cancellationToken);
            counters.HasApplied(layer.Blob.Size - delta.Blob.Size);
            Log.DeltaApplied(logger, layer.DiffId, image.Familiar, delta.Blob.Size, layer.Blob.Size);
            return staged;
        }
        catch (Exception error) when (FailureOf(error) is { } failure && !cancellationToken.IsCancellationRequested)
        {
            FallbackReason reason = await Task.Run(() => Judge(failure), CancellationToken.None);
            layers.ForgetResumable(delta.Blob.Digest);   // what it has made so far is no better
            Tell(image, delta, reason, failure, progress);
            if (mode == DeltaMode.Only)
            {
                throw new EngineException(
                    Refusal.Failed, $"{image.Familiar}: the delta for layer {delta.Target} cannot be used ({DeltaCounters.NameOf(reason)}): {failure.Message}", error);
            }

            progress.Fetching(layer.Blob.Size);
            return null;
        }
    }

    private StagedLayer Apply(BlobSource source, LayerDelta delta, CancellationToken cancellationToken)
    {
        using DeltaApplication application = new(layers, source, delta);
        return application.Run(cancellationToken);
    }

    /// <returns>Null for what would hit the full layer as well, or is a bug.</returns>
    private static DeltaFailedException? FailureOf(Exception error) => error switch
    {
        DeltaFailedException failed => failed,
        RegistryException { IsTemporary: false } => new(FallbackReason.Unavailable, error.Message, error),
        ContentMismatchException => new(FallbackReason.DeltaDamaged, error.Message, error),
        _ => null,
    };

    /// <summary>A base layer under suspicion is read against its record, so that damage is known as such, and kept in mind for a repair.</summary>
    private FallbackReason Judge(DeltaFailedException failure)
    {
        if (failure.Suspect is not { } suspect)
        {
            return failure.Reason;
        }

        if (!layers.Contains(suspect))
        {
            return FallbackReason.BaseMissing;
        }

        VerifyResult verified = layers.Verify(suspect, deep: false);
        if (verified.Problems.Count == 0)
        {
            return failure.Reason;
        }

        Log.BaseDamaged(logger, suspect, verified.Problems[0]);
        layers.MarkDamaged(suspect, verified.Problems[0]);
        return FallbackReason.BaseDamaged;
    }

    private void Tell(ImageReference image, LayerDelta delta, FallbackReason reason, DeltaFailedException failure, LayerProgress progress)
    {
        string name = DeltaCounters.NameOf(reason);
        counters.FellBack(reason);
        Log.DeltaFellBack(logger, delta.Target, image.Familiar, delta.Blob.Digest, name, failure.Message);
        events.Publish("image", "delta-fallback", image.Familiar, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = image.FamiliarName,
            ["layer"] = delta.Target.ToString(),
            ["reason"] = name,
        });
        progress.Note($"Delta not used ({name}): the layer comes in full");
    }
}
