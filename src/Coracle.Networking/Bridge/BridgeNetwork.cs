using System.Net;

namespace Coracle.Networking;

/// <param name="Gateway">The bridge's own address; null: it has none (<c>inhibit_ipv4</c>, gateway mode isolated).</param>
public sealed record BridgeSubnet(IPNetwork Subnet, IPAddress? Gateway);

/// <summary>A bridge network, as it is to be on the host.</summary>
/// <param name="Id">Marks what is made for it.</param>
/// <param name="Bridge">The bridge's name: the user's, or <see cref="LinkNames.BridgeOf"/>.</param>
public sealed record BridgeNetwork(string Id, string Bridge)
{
    /// <summary>Null: no addresses of this kind.</summary>
    public BridgeSubnet? IPv4 { get; init; }

    /// <inheritdoc cref="IPv4"/>
    public BridgeSubnet? IPv6 { get; init; }

    /// <summary>Bytes; 0 lets the bridge follow its ports.</summary>
    public int Mtu { get; init; }

    /// <summary>icc: whether its containers reach each other.</summary>
    public bool ConnectsNeighbours { get; init; } = true;

    /// <summary>Nothing comes in from outside, nor goes out.</summary>
    public bool IsInternal { get; init; }

    /// <summary>What leaves the host bears the host's address.</summary>
    public bool Masquerades { get; init; } = true;

    /// <inheritdoc cref="NetworkRules.SourceIPv4"/>
    public IPAddress? SourceIPv4 { get; init; }

    /// <inheritdoc cref="NetworkRules.SourceIPv4"/>
    public IPAddress? SourceIPv6 { get; init; }

    public GatewayMode ModeIPv4 { get; init; }

    public GatewayMode ModeIPv6 { get; init; }

    /// <summary>False: there are no rules for IPv6 (<c>ip6tables=false</c>).</summary>
    public bool FiltersIPv6 { get; init; } = true;

    /// <summary>What the firewall has to know of it.</summary>
    public NetworkRules Rules => new(Id, Bridge)
    {
        IPv4 = IPv4?.Subnet,
        IPv6 = FiltersIPv6 ? IPv6?.Subnet : null,
        IsInternal = IsInternal,
        KeepsNeighboursApart = !ConnectsNeighbours,
        Masquerades = Masquerades,
        SourceIPv4 = SourceIPv4,
        SourceIPv6 = SourceIPv6,
        ModeIPv4 = ModeIPv4,
        ModeIPv6 = ModeIPv6,
    };

    /// <summary>Whether 127.0.0.1 of the host may be translated into it: published ports.</summary>
    internal bool AnswersLoopback => IPv4 is not null && !IsInternal;
}

/// <summary>How a bridge was found.</summary>
public enum BridgeOrigin
{
    /// <summary>It was not there, and was made.</summary>
    Made,

    /// <summary>It is of an earlier engine, or of an earlier call.</summary>
    Kept,

    /// <summary>Somebody else's, whose name the user gave: it is used, and stays.</summary>
    Foreign,
}
