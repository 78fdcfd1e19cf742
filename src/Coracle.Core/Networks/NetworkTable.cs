using System.Diagnostics.CodeAnalysis;

namespace Coracle.Core;

/// <summary>Which networks there are and who is on them; in memory alone.</summary>
/// <remarks>Thread-safe. Its lock is held for no longer than looking something up.</remarks>
internal sealed class NetworkTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NetworkId, LiveNetwork> _networks = [];

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<Network> List()
    {
        lock (_lock)
        {
            return [.. _networks.Values.OrderBy(network => network.Record.Name, StringComparer.Ordinal).Select(network => network.Snapshot())];
        }
    }

    /// <param name="term">A full id, a name, or a unique prefix of an id, in this order.</param>
    /// <exception cref="EngineException">404: none. 400: several.</exception>
    public Network Get(string term)
    {
        lock (_lock)
        {
            return Find(term).Snapshot();
        }
    }

    /// <returns>False where there is none, or several.</returns>
    public bool TryGet(string term, [NotNullWhen(true)] out Network? network)
    {
        lock (_lock)
        {
            network = Matches(term) is [LiveNetwork only] ? only.Snapshot() : null;
            return network is not null;
        }
    }

    /// <param name="holdsSubnets">False where somebody else has them by now.</param>
    public Network Add(NetworkRecord record, bool holdsSubnets = true)
    {
        LiveNetwork network = new(record) { HoldsSubnets = holdsSubnets };
        lock (_lock)
        {
            _networks.Add(record.Id, network);
            return network.Snapshot();
        }
    }

    /// <summary>A place for a container on a network: its addresses are nobody else's from here on.</summary>
    /// <exception cref="EngineException">403, 404, 500: there is no network, no address, or it is there already.</exception>
    public NetworkEndpoint Allocate(NetworkId id, EndpointWish wish)
    {
        lock (_lock)
        {
            return _networks.TryGetValue(id, out LiveNetwork? network)
                ? network.Add(wish)
                : throw NotFound(id.Text);
        }
    }

    /// <returns>What it had; null when it was not on that network.</returns>
    public NetworkEndpoint? Release(NetworkId id, string container)
    {
        lock (_lock)
        {
            return _networks.TryGetValue(id, out LiveNetwork? network) ? network.Remove(container) : null;
        }
    }

    /// <summary>Start-up: a container that runs has this.</summary>
    /// <param name="isWhole">False where an address of it is another's by now: it is on the network without it.</param>
    /// <returns>Null when its network is gone.</returns>
    public Network? Restore(NetworkEndpoint endpoint, out bool isWhole)
    {
        lock (_lock)
        {
            isWhole = true;
            if (!_networks.TryGetValue(endpoint.Network, out LiveNetwork? network))
            {
                return null;
            }

            isWhole = network.Restore(endpoint);
            return network.Snapshot();
        }
    }

    /// <summary>A container is called otherwise from here on.</summary>
    public void Rename(string container, string name)
    {
        lock (_lock)
        {
            foreach (LiveNetwork network in _networks.Values)
            {
                network.Rename(container, name);
            }
        }
    }

    /// <summary>From here on nobody finds it, so nobody comes on it while it is taken apart.</summary>
    /// <exception cref="EngineException">403, 404: it cannot go.</exception>
    public LiveNetwork TakeOut(string term)
    {
        lock (_lock)
        {
            LiveNetwork network = Find(term);
            NetworkRecord record = network.Record;
            if (record.IsPredefined)
            {
                throw new EngineException(Refusal.Forbidden, $"{record.Name} is a pre-defined network and cannot be removed");
            }

            if (record.ConfigOnly && _networks.Values.Any(other => other.Record.ConfigFrom == record.Name))
            {
                throw new EngineException(Refusal.Forbidden, $"error while removing network: configuration network \"{record.Name}\" is in use");
            }

            if (!network.IsEmpty)
            {
                string who = string.Join(", ", network.Snapshot().Endpoints.Select(endpoint => $"name:\"{endpoint.ContainerName}\" id:\"{ContainerId.Short(endpoint.Id)}\""));
                throw new EngineException(Refusal.Forbidden, $"error while removing network: network {record.Name} has active endpoints ({who})");
            }

            _networks.Remove(record.Id);
            return network;
        }
    }

    public void PutBack(LiveNetwork network)
    {
        lock (_lock)
        {
            _networks.Add(network.Record.Id, network);
        }
    }

    private LiveNetwork Find(string term) => Matches(term) switch
    {
        [] => throw NotFound(term),
        [LiveNetwork only] => only,
        List<LiveNetwork> several => throw new EngineException(
            Refusal.InvalidArgument, $"network {term} is ambiguous ({several.Count} matches found based on ID prefix)"),
    };

    private List<LiveNetwork> Matches(string term)
    {
        if (NetworkId.TryParse(term, out NetworkId? id) && _networks.TryGetValue(id, out LiveNetwork? exact))
        {
            return [exact];
        }

        List<LiveNetwork> byPrefix = [];
        foreach (LiveNetwork network in _networks.Values)
        {
            if (network.Record.Name == term)
            {
                return [network];
            }

            if (term.Length > 0 && network.Record.Id.Text.StartsWith(term, StringComparison.Ordinal))
            {
                byPrefix.Add(network);
            }
        }

        return byPrefix;
    }

    private static EngineException NotFound(string term) => new(Refusal.NotFound, $"network {term} not found");
}
