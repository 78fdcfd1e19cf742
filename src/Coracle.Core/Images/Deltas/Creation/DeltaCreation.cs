using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>Makes the deltas from images that are here to another one that is here. One at a time: each may take all the memory it was given.</summary>
public sealed class DeltaCreation(ImageCatalog images, ILogger logger) : IDisposable
{
    /// <summary>The format's own: seven bits of it name a base.</summary>
    private const int MaxBases = 127;

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <param name="orInFull">Layers whose delta does not pay come in full, instead of not at all.</param>
    /// <param name="lines">Told of each layer; null for nobody.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="EngineException">404 for what is not here, 400 for too many layers or too little memory, 500 where a layer is damaged or the disk is full.</exception>
    internal async Task<DeltaSet> RunAsync(DeltaRequest request, bool orInFull, ProgressLines? lines, CancellationToken cancellationToken)
    {
        request.Require();
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Factory.StartNew(
                () => Make(request, orInFull, lines, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception error) when (DeltaFailure.Translate(error) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
            _turn.Release();
            BulkGarbage.GiveBack();
        }
    }

    public void Dispose() => _turn.Dispose();

    private DeltaSet Make(DeltaRequest request, bool orInFull, ProgressLines? lines, CancellationToken cancellationToken)
    {
        List<ImageHold> holds = [];
        DeltaSet? set = null;
        try
        {
            set = Plan(request, holds);
            using LayerWork work = new(images.Store, request.MemoryBytes, cancellationToken);
            List<DiffId> wanted = Compare(holds, set, work);
            for (int i = 0; i < wanted.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Add(set, work, wanted[i], orInFull, $"{i + 1}/{wanted.Count}", lines);
            }

            return set;
        }
        catch
        {
            set?.Dispose();
            throw;
        }
        finally
        {
            foreach (ImageHold hold in holds)
            {
                hold.Dispose();
            }
        }
    }

    /// <summary>Holds the new image, then the old ones, and reads what goes with the new one.</summary>
    private DeltaSet Plan(DeltaRequest request, List<ImageHold> holds)
    {
        lock (images.Changing)
        {
            holds.Add(images.Hold(request.Target));
            foreach (string source in request.Sources)
            {
                holds.Add(images.Hold(source));
            }

            ImageRecord target = images.FindRecord(request.Target);
            ImageRecord source1 = images.FindRecord(request.Sources[0]);
            List<StoredManifest> sources = StoredManifest.ListOf(source1, images.Store.Blobs);
            return new DeltaSet(
                holds[0].Image, images.Store.Blobs.Read(target.Id), StoredManifest.ListOf(target, images.Store.Blobs), sources.Count > 0 ? sources[0].Digest : null);
        }
    }

    /// <returns>The layers of the new image that no old one has, each once.</returns>
    private static List<DiffId> Compare(List<ImageHold> holds, DeltaSet set, LayerWork work)
    {
        List<DiffId> bases = [];
        for (int i = 1; i < holds.Count; i++)
        {
            foreach (DiffId layer in holds[i].Image.Layers)
            {
                if (!bases.Contains(layer))
                {
                    bases.Add(layer);
                }
            }
        }

        if (bases.Count > MaxBases)
        {
            throw new EngineException(Refusal.InvalidArgument, $"the old images have {bases.Count} layers together: a delta can stand on {MaxBases}");
        }

        List<DiffId> wanted = [];
        foreach (DiffId layer in set.Target.Layers)
        {
            set.Shared += bases.Contains(layer) ? 1 : 0;
            if (!bases.Contains(layer) && !wanted.Contains(layer))
            {
                wanted.Add(layer);
            }
        }

        foreach (DiffId layer in wanted.Count > 0 ? bases : [])
        {
            work.AddBase(layer);
        }

        return wanted;
    }

    private void Add(DeltaSet set, LayerWork work, DiffId layer, bool orInFull, string place, ProgressLines? lines)
    {
        if (work.Make(layer, set.PublishedSize(layer), orInFull) is not { } made)
        {
            lines?.Add(new ProgressLine($"{place} {layer}: a delta would not be worth it"));
            return;
        }

        set.Layers.Add(made);
        string size = DeltaText.Size(made.Blob.Size);
        if (made.IsDelta)
        {
            set.InFull += work.InFull;
        }

        lines?.Add(new ProgressLine(made.IsDelta ? $"{place} {layer}: {DeltaText.Size(work.InFull)} → {size}" : $"{place} {layer}: in full, {size}"));
        Log.DeltaMade(logger, layer, made.Blob.MediaType, made.Blob.Size, made.TarLength);
    }
}
