using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>A running container's place on a network.</summary>
public sealed record NetworkEndpoint
{
    /// <summary>64 hex digits.</summary>
    public required string Id { get; init; }

    public required NetworkId Network { get; init; }

    /// <summary>The container's id.</summary>
    public required string Container { get; init; }

    public required string ContainerName { get; init; }

    /// <summary>Null on a network without IPv4.</summary>
    public EndpointAddress? IPv4 { get; init; }

    /// <summary>Null on a network without IPv6.</summary>
    public EndpointAddress? IPv6 { get; init; }

    /// <summary>Null on a network that gives none: host, none, and ipvlan, whose links have their parent's.</summary>
    public EndpointMac? Mac { get; init; }

    /// <summary>Empty where there is none.</summary>
    public string MacText => Mac?.ToString() ?? "";
}

/// <param name="Length">Of the subnet's prefix.</param>
/// <param name="Gateway">Where its default route goes; null for none.</param>
public sealed record EndpointAddress(IPAddress Address, int Length, IPAddress? Gateway)
{
    public override string ToString() => $"{Address}/{Length}";
}

/// <summary>How somebody wants an endpoint to be.</summary>
/// <param name="Container">Its id.</param>
public sealed record EndpointWish(string Container, string ContainerName)
{
    /// <summary>Null makes a new one.</summary>
    public string? Id { get; init; }

    /// <summary>Null lets us choose.</summary>
    public IPAddress? IPv4 { get; init; }

    /// <inheritdoc cref="IPv4"/>
    public IPAddress? IPv6 { get; init; }

    /// <inheritdoc cref="IPv4"/>
    public EndpointMac? Mac { get; init; }

    /// <summary>The container is to have no IPv6, whatever the network has.</summary>
    public bool WithoutIPv6 { get; init; }
}
