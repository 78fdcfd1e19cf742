using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>What the engine's configuration says of networks, checked.</summary>
public sealed record NetworkOptions
{
    /// <summary>The value of <see cref="Bridge"/> for an engine without a default network.</summary>
    public const string NoBridge = "none";

    private static readonly Dictionary<string, IReadOnlyDictionary<string, string>> _none = [];

    /// <summary>The link of the default network; empty takes <see cref="DefaultBridge"/>.</summary>
    public string Bridge { get; init; } = "";

    /// <summary>The link that the engine makes for the default network: goes by the name it is called by, so that two kinds of engine do not meet.</summary>
    public string DefaultBridge { get; init; } = "docker0";

    /// <summary><c>--bip</c>: the bridge's own address.</summary>
    public BridgeAddress? Bip { get; init; }

    /// <summary><c>--bip6</c></summary>
    public BridgeAddress? Bip6 { get; init; }

    /// <summary>Where containers on the default network get their addresses from.</summary>
    public Subnet? FixedCidr { get; init; }

    public Subnet? FixedCidrV6 { get; init; }

    /// <summary>Their default route, where it is not the bridge.</summary>
    public IPAddress? DefaultGateway { get; init; }

    public IPAddress? DefaultGatewayV6 { get; init; }

    /// <summary>Bytes, of the default network.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Whether containers on the default network reach each other.</summary>
    public bool Icc { get; init; } = true;

    /// <summary>Where ports are published that name no address.</summary>
    public IPAddress HostBinding { get; init; } = IPAddress.Any;

    public bool IpMasquerade { get; init; } = true;

    /// <summary>Whether the engine turns the kernel's forwarding on.</summary>
    public bool IpForward { get; init; } = true;

    /// <summary>Having turned it on, whether it leaves the host's FORWARD policy as it is.</summary>
    public bool IpForwardNoDrop { get; init; }

    /// <summary>Whether the engine makes rules at all.</summary>
    public bool IpTables { get; init; } = true;

    public bool Ip6Tables { get; init; } = true;

    /// <summary>Of the default network.</summary>
    public bool IPv6 { get; init; }

    /// <summary>Whether packets with a container's own address may come in from other links.</summary>
    public bool AllowDirectRouting { get; init; }

    /// <summary>Whether published ports are also reached by ways that the kernel cannot map (<c>[::1]</c>).</summary>
    public bool UserlandProxy { get; init; } = true;

    public FirewallChoice Firewall { get; init; } = FirewallChoice.Own;

    /// <summary>Which kernel interface holds the rules: empty chooses, else <c>nftables</c> or <c>iptables</c>.</summary>
    public string FirewallBackend { get; init; } = "";

    /// <summary>What subnets are cut out of that nobody names.</summary>
    public IReadOnlyList<SubnetBase> AddressPools { get; init; } = SubnetBase.Defaults;

    public IReadOnlyList<IPAddress> Dns { get; init; } = [];

    public IReadOnlyList<string> DnsOptions { get; init; } = [];

    public IReadOnlyList<string> DnsSearch { get; init; } = [];

    /// <summary>What <c>host-gateway</c> means in <c>--add-host</c>; empty is the default network's bridge.</summary>
    public IReadOnlyList<IPAddress> HostGateways { get; init; } = [];

    /// <summary>Options that every new network of a driver has, where it says nothing else: driver, then option, then value.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> DriverDefaults { get; init; } = _none;

    public bool HasBridge => Bridge != NoBridge;

    public string BridgeLink => Bridge.Length > 0 ? Bridge : DefaultBridge;
}

/// <summary>How an owner's firewall and the engine's rules live together.</summary>
public enum FirewallChoice
{
    /// <summary>Only our own table: where the owner drops what is forwarded, it is said and left so.</summary>
    Own,

    /// <summary>One marked rule of ours goes into the owner's, and out with the last container.</summary>
    Integrate,
}

/// <summary>An address of a link, with the length of its subnet's prefix: <c>172.17.0.1/16</c>.</summary>
public sealed record BridgeAddress(IPAddress Address, int Length)
{
    public Subnet Subnet => Subnet.Around(Address, Length);

    public override string ToString() => $"{Address}/{Length}";
}
