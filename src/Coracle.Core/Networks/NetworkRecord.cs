using System.Net;
using Coracle.Networking;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What of a network survives the engine: everything about it but who is on it, which the containers' records say.</summary>
public sealed record NetworkRecord
{
    private static readonly Dictionary<string, string> _none = [];

    public required NetworkId Id { get; init; }

    public required string Name { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>One of <see cref="NetworkNames.Drivers"/>.</summary>
    public required string Driver { get; init; }

    public string Scope { get; init; } = "local";

    public bool EnableIPv4 { get; init; } = true;

    public bool EnableIPv6 { get; init; }

    /// <summary>No way out of it.</summary>
    public bool Internal { get; init; }

    public bool Attachable { get; init; }

    /// <summary>It is there to be named by others' <see cref="ConfigFrom"/>, and for nothing else.</summary>
    public bool ConfigOnly { get; init; }

    /// <summary>Name of the network whose configuration it has; empty for its own.</summary>
    public string ConfigFrom { get; init; } = "";

    public string IpamDriver { get; init; } = "default";

    /// <summary>Null where none were given, which Docker shows apart from an empty list.</summary>
    public IReadOnlyDictionary<string, string>? IpamOptions { get; init; }

    /// <summary>In the order in which they were asked for, those of IPv4 first.</summary>
    public IReadOnlyList<NetworkSubnet> Subnets { get; init; } = [];

    /// <summary>The driver's, as they were given.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = _none;

    public IReadOnlyDictionary<string, string> Labels { get; init; } = _none;

    public bool IsPredefined => NetworkNames.IsPredefined(Name);
}

/// <summary>One subnet of a network.</summary>
/// <param name="Range">Where addresses are given from; null is everywhere in the subnet.</param>
/// <param name="Gateway">Null where the driver needs none.</param>
/// <param name="Auxiliary">Addresses that no container gets, by name.</param>
/// <param name="IsAsked">Somebody named it: only then may somebody name an address in it.</param>
public sealed record NetworkSubnet(
    Subnet Subnet, Subnet? Range = null, IPAddress? Gateway = null, IReadOnlyDictionary<string, IPAddress>? Auxiliary = null, bool IsAsked = false)
{
    /// <summary>As inspect shows it.</summary>
    public IpamConfigRequest ToWire() => new()
    {
        Subnet = Subnet.ToString(),
        IPRange = Range?.ToString() ?? "",
        Gateway = Gateway?.ToString() ?? "",
        AuxiliaryAddresses = Auxiliary is { Count: > 0 } ? Auxiliary.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()) : null,
    };
}
