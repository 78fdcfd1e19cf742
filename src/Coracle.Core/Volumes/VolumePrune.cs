namespace Coracle.Core;

/// <param name="Removed">Names.</param>
/// <param name="Reclaimed">Bytes.</param>
public sealed record PrunedVolumes(IReadOnlyList<string> Removed, long Reclaimed);

/// <summary>POST /volumes/prune: what no container uses goes.</summary>
public sealed class VolumePrune(VolumeCatalog catalog)
{
    private int _running;

    /// <summary>One at a time. Blocking.</summary>
    /// <param name="fits">Of the volumes that nobody uses, those to remove.</param>
    /// <exception cref="EngineException">409: another one runs.</exception>
    public PrunedVolumes Run(Func<Volume, bool> fits, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new EngineException(Refusal.Conflict, "a prune operation is already running");
        }

        try
        {
            return RemoveUnused(fits, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private PrunedVolumes RemoveUnused(Func<Volume, bool> fits, CancellationToken cancellationToken)
    {
        List<string> removed = [];
        long reclaimed = 0;
        foreach (Volume volume in catalog.List())
        {
            if (cancellationToken.IsCancellationRequested)
            {
                break; // what is gone is told; the client that left does not hear it
            }

            if (catalog.CountUsers(volume.Name) > 0 || !fits(volume))
            {
                continue;
            }

            long size = catalog.SizeOf(volume.Name);
            if (catalog.TryRemoveUnused(volume.Name))
            {
                removed.Add(volume.Name);
                reclaimed += size;
            }
        }

        catalog.PublishPrune(reclaimed);
        return new PrunedVolumes(removed, reclaimed);
    }
}
