namespace Coracle.Networking;

/// <summary>What the firewall was told to hold. About 100 bytes a port.</summary>
internal sealed class FirewallLedger
{
    internal Dictionary<string, NetworkRules> Networks { get; } = [];

    internal HashSet<PublishedPort> Ports { get; } = [];

    internal void Become(FirewallState state)
    {
        Networks.Clear();
        Ports.Clear();
        foreach (NetworkRules network in state.Networks)
        {
            Networks[network.Id] = network;
        }

        foreach (PublishedPort port in state.Ports)
        {
            if (port.IsTranslatable)
            {
                Ports.Add(port);
            }
        }
    }

    /// <summary>For a host that routes IPv6 and cannot filter it: what such a network's containers listen on is open.</summary>
    /// <param name="hasIPv6">There are rules for it.</param>
    internal IEnumerable<string> MissingFamilies(bool hasIPv6)
        => hasIPv6 ? [] : Networks.Values.Where(network => network.IPv6 is not null)
            .Select(network => $"WARNING: no firewall for IPv6 in this kernel: nothing keeps packets from network {network.Id}");

    internal FirewallState Snapshot() => new([.. Networks.Values], [.. Ports]);

    /// <summary>Those that are new to the ledger, or those that are in it; each once.</summary>
    internal HashSet<PublishedPort> Among(IReadOnlyList<PublishedPort> ports, bool known)
    {
        HashSet<PublishedPort> found = [];
        foreach (PublishedPort port in ports)
        {
            if (port.IsTranslatable && Ports.Contains(port) == known)
            {
                found.Add(port);
            }
        }

        return found;
    }
}
