using System.Net;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>A container's place on one network with all that decides its link.</summary>
/// <param name="Endpoint">Whose addresses are its own already.</param>
public sealed record EndpointPlan(NetworkRecord Network, NetworkEndpoint Endpoint, EndpointSettings Wish)
{
    /// <summary>The link's name in the sandbox; empty while it is not made.</summary>
    public string InterfaceName { get; init; } = "";

    /// <summary>The link's other end on the host; empty where it has none.</summary>
    public string HostLink { get; init; } = "";

    internal IPAddress? GatewayOf(bool isIPv6) => (isIPv6 ? Endpoint.IPv6 : Endpoint.IPv4)?.Gateway;

    internal IPAddress? AddressOf(bool isIPv6) => (isIPv6 ? Endpoint.IPv6 : Endpoint.IPv4)?.Address;
}
