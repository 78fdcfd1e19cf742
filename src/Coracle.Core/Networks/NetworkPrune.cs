namespace Coracle.Core;

/// <summary>POST /networks/prune: the networks that no running container is on go.</summary>
public sealed class NetworkPrune(NetworkStore networks, TimeProvider time)
{
    private int _running;

    /// <summary>One at a time. Blocking.</summary>
    /// <param name="filters"><c>until</c>, <c>label</c>, <c>label!</c>.</param>
    /// <returns>Names of what went.</returns>
    /// <exception cref="EngineException">409: another one runs. 400: a filter is wrong.</exception>
    public IReadOnlyList<string> Run(Filters filters, CancellationToken cancellationToken)
    {
        DateTimeOffset until = UntilTime.Of(filters, time.GetUtcNow()) ?? DateTimeOffset.MaxValue;
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new EngineException(Refusal.Conflict, "a prune operation is already running");
        }

        try
        {
            List<string> removed = [];
            foreach (Network network in networks.List())
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    break; // what is gone is told; the client that left does not hear it
                }

                if (Fits(network, filters, until) && TryRemove(network.Id))
                {
                    removed.Add(network.Name);
                }
            }

            networks.PublishPrune();
            return removed;
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private static bool Fits(Network network, Filters filters, DateTimeOffset until)
        => !network.Record.IsPredefined && !network.Record.ConfigOnly
            && network.Endpoints.Count == 0
            && network.Record.Created <= until
            && filters.LabelsMatch("label", network.Record.Labels)
            && !(filters.Has("label!") && filters.LabelsMatch("label!", network.Record.Labels));

    /// <returns>False when somebody came on it meanwhile, or it is gone, or the host did not let it go.</returns>
    private bool TryRemove(NetworkId id)
    {
        try
        {
            networks.Remove(id.Text);
            return true;
        }
        catch (Exception e) when (e is EngineException or IOException)
        {
            return false;
        }
    }
}
