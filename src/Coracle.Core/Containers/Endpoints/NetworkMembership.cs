using Coracle.Wire;
using static Coracle.Wire.JsonFields;

namespace Coracle.Core;

/// <summary>A network that a container belongs to, with what it asks for there. Kept in its record; connect and disconnect change it.</summary>
public sealed class NetworkMembership
{
    /// <summary>By its name, but for one that was named by its id before there was such a network.</summary>
    public string Network { get; set; } = "";

    /// <summary>The network's, from the first time that the container was on it; empty before.</summary>
    public string NetworkId { get; set; } = "";

    public EndpointSettings Wish { get; set; } = new();

    /// <summary>How container.json has it.</summary>
    internal static JsonTable<NetworkMembership> Table { get; } = new("network", () => new NetworkMembership(),
    [
        Text<NetworkMembership>("network", m => m.Network, (m, v) => m.Network = v),
        Text<NetworkMembership>("networkId", m => m.NetworkId, (m, v) => m.NetworkId = v, omitEmpty: true),
        Object("wish", EndpointSettings.Table, (NetworkMembership m) => m.Wish, (m, v) => m.Wish = v),
    ]);

    /// <summary>What a create says of networks: the one of the mode first, the others by name, which is the order of their links.</summary>
    /// <remarks>As Docker: endpoints that are named are all there are, also where the mode's network is not among them.</remarks>
    public static IReadOnlyList<NetworkMembership> Of(ContainerConfig config, HostConfig host, IReadOnlyList<NamedEndpoint> endpoints)
    {
        if (config.NetworkDisabled || JoinedNamespaces.TargetOf(host.NetworkMode) is not null)
        {
            return [];
        }

        string main = NetworkChoice.NameOf(host.NetworkMode);
        IEnumerable<NamedEndpoint> named = endpoints.Count > 0 ? endpoints : [new NamedEndpoint(main, new EndpointSettings())];
        return
        [
            .. named.Select(endpoint => new NetworkMembership { Network = NetworkChoice.NameOf(endpoint.Network), Wish = endpoint.Settings ?? new() })
                .DistinctBy(membership => membership.Network)
                .OrderBy(membership => membership.Network == main ? 0 : 1)
                .ThenBy(membership => membership.Network, StringComparer.Ordinal),
        ];
    }
}
