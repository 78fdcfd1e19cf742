using System.Net;

namespace Coracle.Networking;

/// <summary>What may reach a network's containers, and how: Docker's <c>com.docker.network.bridge.gateway_mode_ipv4</c> and <c>_ipv6</c>.</summary>
public enum GatewayMode
{
    /// <summary>Published ports only, by the host's address.</summary>
    Nat,

    /// <summary>Published ports by the host's address, and every port by the container's.</summary>
    NatUnprotected,

    /// <summary>Published ports only, by the container's own address: somebody routes the subnet to this host.</summary>
    Routed,
}

/// <summary>What the firewall has to know of a bridge network.</summary>
/// <param name="Id">Marks the network's own rules.</param>
/// <param name="Bridge">The name of its interface on the host.</param>
public sealed record NetworkRules(string Id, string Bridge)
{
    /// <summary>Null: the network has no addresses of this kind, and no rules.</summary>
    public IPNetwork? IPv4 { get; init; }

    /// <inheritdoc cref="IPv4"/>
    public IPNetwork? IPv6 { get; init; }

    /// <summary>Nothing comes in from another interface, nor goes out by one.</summary>
    public bool IsInternal { get; init; }

    /// <summary>
    /// icc=false. These rules stop what is sent by way of the host; frames between two ports of the bridge are stopped by
    /// port isolation (IFLA_BRPORT_ISOLATED), which whoever makes the endpoint sets.
    /// </summary>
    public bool KeepsNeighboursApart { get; init; }

    /// <summary>What leaves by another interface bears the host's address.</summary>
    public bool Masquerades { get; init; } = true;

    /// <summary>Which one: <c>com.docker.network.host_ipv4</c>. Null: that of the interface.</summary>
    public IPAddress? SourceIPv4 { get; init; }

    /// <inheritdoc cref="SourceIPv4"/>
    public IPAddress? SourceIPv6 { get; init; }

    public GatewayMode ModeIPv4 { get; init; }

    public GatewayMode ModeIPv6 { get; init; }
}
