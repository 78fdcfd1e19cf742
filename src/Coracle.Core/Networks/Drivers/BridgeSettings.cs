using System.Buffers;
using System.Net;

namespace Coracle.Core;

/// <summary>How packets of a bridge network leave the host.</summary>
public enum GatewayMode
{
    /// <summary>Behind the host's address; ports are reached when they are published.</summary>
    Nat,

    /// <summary>As <see cref="Nat"/>, but every port is open to whoever has a route.</summary>
    NatUnprotected,

    /// <summary>With their own addresses; published ports are open, and not mapped.</summary>
    Routed,

    /// <summary>The host has no address in it; for internal networks only.</summary>
    Isolated,
}

/// <summary>The options of a bridge network (<c>com.docker.network.bridge.*</c>), read and checked.</summary>
public sealed record BridgeSettings
{
    public const string NameOption = "com.docker.network.bridge.name";

    public const string MasqueradeOption = "com.docker.network.bridge.enable_ip_masquerade";

    public const string IccOption = "com.docker.network.bridge.enable_icc";

    public const string HostBindingOption = "com.docker.network.bridge.host_binding_ipv4";

    public const string DefaultBridgeOption = "com.docker.network.bridge.default_bridge";

    public const string InhibitOption = "com.docker.network.bridge.inhibit_ipv4";

    public const string TrustedOption = "com.docker.network.bridge.trusted_host_interfaces";

    public const string ModeIPv4Option = "com.docker.network.bridge.gateway_mode_ipv4";

    public const string ModeIPv6Option = "com.docker.network.bridge.gateway_mode_ipv6";

    public const string MtuOption = "com.docker.network.driver.mtu";

    public const string PrefixOption = "com.docker.network.container_iface_prefix";

    public const string HostIPv4Option = "com.docker.network.host_ipv4";

    public const string HostIPv6Option = "com.docker.network.host_ipv6";

    /// <summary>Of the auxiliary addresses these are the default routes of containers, where it is not the bridge.</summary>
    public const string GatewayIPv4Name = "DefaultGatewayIPv4", GatewayIPv6Name = "DefaultGatewayIPv6";

    /// <summary>IFNAMSIZ without the end.</summary>
    private const int LongestLink = 15;

    private static readonly SearchValues<char> _notInNames = SearchValues.Create("/: \t\n\0%");

    /// <summary>The link's name on the host.</summary>
    public required string Link { get; init; }

    public bool Masquerade { get; init; } = true;

    /// <summary>Whether containers on it reach each other.</summary>
    public bool Icc { get; init; } = true;

    /// <summary>Where published ports are bound that name no address; null is everywhere.</summary>
    public IPAddress? HostBinding { get; init; }

    /// <summary>The bridge gets no IPv4 address of its own.</summary>
    public bool InhibitIPv4 { get; init; }

    /// <summary>Links that may reach containers directly.</summary>
    public IReadOnlyList<string> TrustedHostInterfaces { get; init; } = [];

    public GatewayMode ModeIPv4 { get; init; }

    public GatewayMode ModeIPv6 { get; init; }

    /// <summary>Bytes; 0 is the kernel's own.</summary>
    public int Mtu { get; init; }

    /// <summary>Of the names of links in containers.</summary>
    public string InterfacePrefix { get; init; } = "eth";

    /// <summary>The source address instead of that of the link where packets leave; null masquerades.</summary>
    public IPAddress? HostIPv4 { get; init; }

    /// <inheritdoc cref="HostIPv4"/>
    public IPAddress? HostIPv6 { get; init; }

    /// <summary>It is the network that containers get which name none.</summary>
    public bool IsDefault { get; init; }

    /// <exception cref="EngineException">400, in Docker's words.</exception>
    public static BridgeSettings Of(NetworkRecord network)
    {
        BridgeSettings settings = new() { Link = network.Id.BridgeName };
        foreach ((string name, string value) in network.Options)
        {
            settings = settings.With(name, value);
        }

        if (settings.Mtu < 0)
        {
            throw new EngineException(Refusal.InvalidArgument, $"invalid MTU number: {settings.Mtu}");
        }

        if (!network.Internal && (settings.ModeIPv4 == GatewayMode.Isolated || settings.ModeIPv6 == GatewayMode.Isolated))
        {
            throw new EngineException(Refusal.InvalidArgument, "gateway mode 'isolated' can only be used for an internal network");
        }

        return settings;
    }

    private BridgeSettings With(string name, string value) => name switch
    {
        NameOption => value.Length == 0 ? this : this with { Link = LinkName(name, value) },
        MasqueradeOption => this with { Masquerade = OptionReader.Flag(name, value) },
        IccOption => this with { Icc = OptionReader.Flag(name, value) },
        HostBindingOption => this with { HostBinding = OptionReader.Address(name, value) },
        DefaultBridgeOption => this with { IsDefault = OptionReader.Flag(name, value) },
        InhibitOption => this with { InhibitIPv4 = OptionReader.Flag(name, value) },
        TrustedOption => this with { TrustedHostInterfaces = value.Split(':', StringSplitOptions.RemoveEmptyEntries) },
        ModeIPv4Option => this with { ModeIPv4 = Mode(name, value) },
        ModeIPv6Option => this with { ModeIPv6 = Mode(name, value) },
        MtuOption => this with { Mtu = OptionReader.Number(name, value) },
        PrefixOption => this with { InterfacePrefix = LinkName(name, value) },
        HostIPv4Option => this with { HostIPv4 = OptionReader.Address(name, value) },
        HostIPv6Option => this with { HostIPv6 = OptionReader.Address(name, value) },
        _ => this, // Docker's: what a driver does not know is kept, shown, and means nothing
    };

    private static GatewayMode Mode(string name, string value) => value switch
    {
        "nat" => GatewayMode.Nat,
        "nat-unprotected" => GatewayMode.NatUnprotected,
        "routed" => GatewayMode.Routed,
        "isolated" => GatewayMode.Isolated,
        _ => throw OptionReader.Wrong(name, value, $"unknown gateway mode {value}"),
    };

    /// <summary>What the kernel takes (dev_valid_name): it would say no with less of an explanation.</summary>
    private static string LinkName(string name, string value)
        => value.Length is > 0 and <= LongestLink && value is not ("." or "..") && !value.AsSpan().ContainsAny(_notInNames)
            ? value
            : throw OptionReader.Wrong(name, value, "not a name for a link");
}
