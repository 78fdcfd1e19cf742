using Coracle.Wire;
using static Coracle.Wire.JsonFields;

namespace Coracle.Core;

/// <summary>What a running container was given on one network, as inspect shows it. Texts are empty and lengths 0 where there is nothing.</summary>
public sealed class GivenEndpoint
{
    /// <summary>The network's name.</summary>
    public string Network { get; set; } = "";

    public string NetworkId { get; set; } = "";

    public string EndpointId { get; set; } = "";

    public string MacAddress { get; set; } = "";

    public string IPAddress { get; set; } = "";

    public int IPPrefixLength { get; set; }

    public string Gateway { get; set; } = "";

    public string GlobalIPv6Address { get; set; } = "";

    public int GlobalIPv6PrefixLength { get; set; }

    public string IPv6Gateway { get; set; } = "";

    /// <summary>The names by which others on the network find it; none where there is no name server.</summary>
    public IReadOnlyList<string>? DnsNames { get; set; }

    /// <summary>The link's name in the sandbox; empty where it has none.</summary>
    public string InterfaceName { get; set; } = "";

    /// <summary>The link's other end on the host; empty where it has none.</summary>
    public string HostLink { get; set; } = "";

    public GivenEndpoint Copy() => (GivenEndpoint)MemberwiseClone();

    /// <summary>How container.json has it.</summary>
    internal static JsonTable<GivenEndpoint> Table { get; } = new("endpoint", () => new GivenEndpoint(),
    [
        Text<GivenEndpoint>("network", e => e.Network, (e, v) => e.Network = v),
        Text<GivenEndpoint>("networkId", e => e.NetworkId, (e, v) => e.NetworkId = v),
        Text<GivenEndpoint>("endpointId", e => e.EndpointId, (e, v) => e.EndpointId = v),
        Text<GivenEndpoint>("macAddress", e => e.MacAddress, (e, v) => e.MacAddress = v, omitEmpty: true),
        Text<GivenEndpoint>("ipAddress", e => e.IPAddress, (e, v) => e.IPAddress = v, omitEmpty: true),
        Number<GivenEndpoint>("ipPrefixLength", e => e.IPPrefixLength, (e, v) => e.IPPrefixLength = (int)v),
        Text<GivenEndpoint>("gateway", e => e.Gateway, (e, v) => e.Gateway = v, omitEmpty: true),
        Text<GivenEndpoint>("globalIPv6Address", e => e.GlobalIPv6Address, (e, v) => e.GlobalIPv6Address = v, omitEmpty: true),
        Number<GivenEndpoint>("globalIPv6PrefixLength", e => e.GlobalIPv6PrefixLength, (e, v) => e.GlobalIPv6PrefixLength = (int)v),
        Text<GivenEndpoint>("ipv6Gateway", e => e.IPv6Gateway, (e, v) => e.IPv6Gateway = v, omitEmpty: true),
        Text<GivenEndpoint>("interface", e => e.InterfaceName, (e, v) => e.InterfaceName = v, omitEmpty: true),
        Text<GivenEndpoint>("hostLink", e => e.HostLink, (e, v) => e.HostLink = v, omitEmpty: true),
        Texts<GivenEndpoint>("dnsNames", e => e.DnsNames, (e, v) => e.DnsNames = v, omitNull: true),
    ]);
}
