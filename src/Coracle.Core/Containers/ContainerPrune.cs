namespace Coracle.Core;

/// <param name="SpaceReclaimed">Bytes that their writable layers held.</param>
public sealed record PrunedContainers(IReadOnlyList<string> Deleted, long SpaceReclaimed);

/// <summary>POST /containers/prune: removes what does not run.</summary>
/// <param name="writtenBy">Bytes in a container's writable layer. Blocking.</param>
public sealed class ContainerPrune(ContainerStore store, Func<ContainerRecord, long> writtenBy, EventStream events, TimeProvider time)
{
    private int _running;

    /// <param name="filters"><c>until</c>, <c>label</c>, <c>label!</c>.</param>
    /// <exception cref="EngineException">Another one runs, or a filter is wrong.</exception>
    public async Task<PrunedContainers> RunAsync(Filters filters, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = UntilTime.Of(filters, time.GetUtcNow());
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new EngineException(Refusal.Conflict, "a prune operation is already running");
        }

        try
        {
            PrunedContainers pruned = await PruneAsync(filters, until, cancellationToken);
            Dictionary<string, string> attributes = new() { ["reclaimed"] = pruned.SpaceReclaimed.ToString(System.Globalization.CultureInfo.InvariantCulture) };
            events.Publish("container", "prune", "", attributes);
            return pruned;
        }
        finally
        {
            _running = 0;
        }
    }

    private async Task<PrunedContainers> PruneAsync(Filters filters, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        List<string> deleted = [];
        long reclaimed = 0;
        foreach (Container container in store.List())
        {
            ContainerRecord record = container.Record;
            if (ContainerLifecycle.IsAlive(container.State.Phase) || record.Created >= (until ?? DateTimeOffset.MaxValue) || !LabelsAllow(filters, record))
            {
                continue;
            }

            long bytes = await Task.Run(() => writtenBy(record), cancellationToken);
            if (await TryRemoveAsync(container, cancellationToken))
            {
                deleted.Add(container.Id);
                reclaimed += bytes;
            }
        }

        return new PrunedContainers(deleted, reclaimed);
    }

    private static bool LabelsAllow(Filters filters, ContainerRecord record)
        => filters.LabelsMatch("label", record.Config.Labels) && !(filters.Has("label!") && filters.LabelsMatch("label!", record.Config.Labels));

    /// <returns>False when it started meanwhile, or somebody else is removing it.</returns>
    private static async Task<bool> TryRemoveAsync(Container container, CancellationToken cancellationToken)
    {
        try
        {
            await container.RemoveAsync(force: false, cancellationToken);
            return true;
        }
        catch (EngineException e) when (e.Refusal is Refusal.Conflict or Refusal.Failed)
        {
            return false;
        }
    }
}
