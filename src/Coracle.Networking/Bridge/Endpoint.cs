using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>An address of an endpoint, with the length of its subnet's prefix.</summary>
public sealed record SandboxAddress(IPAddress Address, int PrefixLength)
{
    internal bool Reaches(IPAddress gateway)
        => gateway.AddressFamily == Address.AddressFamily && NetworkOf().Contains(gateway);

    public override string ToString() => $"{Address}/{PrefixLength}";

    private IPNetwork NetworkOf()
    {
        byte[] bytes = Address.GetAddressBytes();
        for (int bit = PrefixLength; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), PrefixLength);
    }
}

/// <summary>A further route of an endpoint.</summary>
/// <param name="NextHop">Null: the destination is on the link.</param>
public sealed record SandboxRoute(IPNetwork Destination, IPAddress? NextHop);

/// <summary>What an endpoint's interface is made of.</summary>
public abstract record EndpointLink;

/// <summary>One end of a pair whose other is a port of a bridge.</summary>
/// <param name="IsIsolated">It exchanges nothing with other isolated ports: <c>icc=false</c>.</param>
public sealed record BridgePort(string Bridge, bool IsIsolated = false) : EndpointLink;

/// <param name="Parent">What <see cref="ParentDriver.Ensure"/> said.</param>
public sealed record MacvlanLink(string Parent, MacvlanMode Mode = MacvlanMode.Bridge) : EndpointLink;

/// <inheritdoc cref="MacvlanLink"/>
public sealed record IpvlanLink(string Parent, IpvlanMode Mode = IpvlanMode.L2) : EndpointLink;

/// <summary>One interface of a sandbox, as it is to be.</summary>
/// <param name="Id">Marks its host end.</param>
/// <param name="Network">The network's id.</param>
public sealed record Endpoint(string Id, string Network, EndpointLink Link)
{
    /// <summary>What people call the container, and the network: for messages, and the order among equals.</summary>
    public string Name { get; init; } = Id;

    /// <inheritdoc cref="Name"/>
    public string NetworkName { get; init; } = Network;

    /// <summary>Null: the first free number behind <see cref="InterfacePrefix"/>.</summary>
    public string? InterfaceName { get; init; }

    public string InterfacePrefix { get; init; } = "eth";

    /// <summary>Null: the kernel's choice. An ipvlan has its parent's.</summary>
    public MacAddress? Mac { get; init; }

    public IReadOnlyList<SandboxAddress> Addresses { get; init; } = [];

    /// <summary>Null: no default route leads here, as in an internal network.</summary>
    public IPAddress? GatewayIPv4 { get; init; }

    /// <inheritdoc cref="GatewayIPv4"/>
    public IPAddress? GatewayIPv6 { get; init; }

    /// <summary>Everything is on the link: an ipvlan in a mode of layer 3 has default routes without a gateway.</summary>
    public bool ReachesAllOnLink { get; init; }

    /// <summary>The default route goes where this is highest: <c>gw-priority</c>.</summary>
    public int GatewayPriority { get; init; }

    public IReadOnlyList<SandboxRoute> Routes { get; init; } = [];

    /// <summary>Bytes; 0 for the kind's own.</summary>
    public int Mtu { get; init; }

    /// <summary>Written after ours, so that they win.</summary>
    public IReadOnlyList<InterfaceSetting> Settings { get; init; } = [];

    internal bool Has(bool isIPv6)
    {
        foreach (SandboxAddress address in Addresses)
        {
            if ((address.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) == isIPv6)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>An endpoint that is there. Whoever keeps it can take it away after a restart.</summary>
/// <param name="InterfaceName">In the sandbox.</param>
/// <param name="HostName">The host's end of the pair; null for a macvlan or ipvlan, which has none.</param>
public sealed record JoinedEndpoint(Endpoint Endpoint, string InterfaceName, string? HostName);
