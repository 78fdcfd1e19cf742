using System.Net;
using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>Records of networks and endpoints as the room of networks wants them.</summary>
internal static class HostShapes
{
    private const string SysctlsOption = "com.docker.network.endpoint.sysctls", NameOption = "com.docker.network.endpoint.ifname";

    public static BridgeNetwork BridgeOf(NetworkRecord network)
    {
        BridgeSettings settings = BridgeSettings.Of(network);
        return new BridgeNetwork(network.Id.Text, settings.Link)
        {
            IPv4 = SubnetOf(network, isIPv6: false, settings.InhibitIPv4 || settings.ModeIPv4 == GatewayMode.Isolated),
            IPv6 = SubnetOf(network, isIPv6: true, settings.ModeIPv6 == GatewayMode.Isolated),
            Mtu = settings.Mtu,
            ConnectsNeighbours = settings.Icc,
            IsInternal = network.Internal,
            Masquerades = settings.Masquerade,
            SourceIPv4 = settings.HostIPv4,
            SourceIPv6 = settings.HostIPv6,
            ModeIPv4 = ModeOf(settings.ModeIPv4),
            ModeIPv6 = ModeOf(settings.ModeIPv6),
        };
    }

    public static ParentNetwork ParentOf(NetworkRecord network)
    {
        ParentedSettings settings = ParentedSettings.Of(network);
        return new ParentNetwork(network.Id.Text, settings.Link, LeadsNowhere: settings.Parent.Length == 0);
    }

    public static Endpoint EndpointOf(EndpointPlan plan)
    {
        NetworkRecord network = plan.Network;
        IReadOnlyDictionary<string, string> options = plan.Wish.DriverOpts ?? new Dictionary<string, string>();
        bool isRouted = network.Driver == NetworkNames.Ipvlan && ParentedSettings.Of(network).IsRouted;
        return new Endpoint(plan.Endpoint.Id, network.Id.Text, LinkOf(network))
        {
            Name = plan.Endpoint.ContainerName,
            NetworkName = network.Name,
            InterfaceName = options.GetValueOrDefault(NameOption),
            InterfacePrefix = network.Options.GetValueOrDefault(BridgeSettings.PrefixOption) ?? "eth",
            Mac = plan.Endpoint.Mac is { } mac ? MacOf(mac) : null,
            Addresses = [.. AddressesOf(plan)],
            GatewayIPv4 = isRouted ? null : plan.Endpoint.IPv4?.Gateway,
            GatewayIPv6 = isRouted ? null : plan.Endpoint.IPv6?.Gateway,
            ReachesAllOnLink = isRouted && !network.Internal,
            GatewayPriority = (int)Math.Clamp(plan.Wish.GatewayPriority, int.MinValue, int.MaxValue),
            Mtu = network.Options.TryGetValue(BridgeSettings.MtuOption, out string? mtu) ? OptionReader.Number(BridgeSettings.MtuOption, mtu) : 0,
            Settings = [.. SettingsOf(options.GetValueOrDefault(SysctlsOption))],
        };
    }

    public static JoinedEndpoint JoinedOf(EndpointPlan plan) => new(EndpointOf(plan), plan.InterfaceName, plan.HostLink.Length > 0 ? plan.HostLink : null);

    public static Networking.PublishedPort PortOf(PortMapping port) => new(
        port.Protocol switch
        {
            PortProtocol.Udp => Networking.TransportProtocol.Udp,
            PortProtocol.Sctp => Networking.TransportProtocol.Sctp,
            _ => Networking.TransportProtocol.Tcp,
        },
        port.HostAddress,
        port.HostPort,
        port.ContainerAddress,
        port.ContainerPort);

    private static BridgeSubnet? SubnetOf(NetworkRecord network, bool isIPv6, bool hasNoGateway)
        => network.Subnets.FirstOrDefault(subnet => subnet.Subnet.IsIPv6 == isIPv6) is { } found
            ? new BridgeSubnet(new IPNetwork(found.Subnet.Address, found.Subnet.Length), hasNoGateway ? null : found.Gateway)
            : null;

    private static Networking.GatewayMode ModeOf(GatewayMode mode) => mode switch
    {
        GatewayMode.NatUnprotected => Networking.GatewayMode.NatUnprotected,
        GatewayMode.Routed => Networking.GatewayMode.Routed,
        _ => Networking.GatewayMode.Nat, // an isolated one is internal as well
    };

    private static EndpointLink LinkOf(NetworkRecord network)
    {
        if (network.Driver == NetworkNames.Bridge)
        {
            BridgeSettings bridge = BridgeSettings.Of(network);
            return new BridgePort(bridge.Link, IsIsolated: !bridge.Icc);
        }

        ParentedSettings parented = ParentedSettings.Of(network);
        return network.Driver == NetworkNames.Macvlan
            ? new MacvlanLink(parented.Link, MacvlanModeOf(parented.Mode))
            : new IpvlanLink(parented.Link, IpvlanModeOf(parented.Mode));
    }

    private static MacvlanMode MacvlanModeOf(string word) => word switch
    {
        "private" => MacvlanMode.Private,
        "vepa" => MacvlanMode.Vepa,
        "passthru" => MacvlanMode.Passthru,
        _ => MacvlanMode.Bridge,
    };

    private static IpvlanMode IpvlanModeOf(string word) => word switch
    {
        "l3" => IpvlanMode.L3,
        "l3s" => IpvlanMode.L3S,
        _ => IpvlanMode.L2,
    };

    private static MacAddress MacOf(EndpointMac mac)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Length];
        mac.CopyTo(bytes);
        return new MacAddress(bytes);
    }

    private static IEnumerable<SandboxAddress> AddressesOf(EndpointPlan plan)
    {
        foreach (EndpointAddress? address in new[] { plan.Endpoint.IPv4, plan.Endpoint.IPv6 })
        {
            if (address is not null)
            {
                yield return new SandboxAddress(address.Address, address.Length);
            }
        }

        foreach (string text in plan.Wish.IpamConfig?.LinkLocalIPs ?? [])
        {
            const int LengthIPv4 = 16, LengthIPv6 = 64;
            if (AddressText.TryParse(text, out IPAddress? local))
            {
                yield return new SandboxAddress(local, AddressText.IsIPv4(local) ? LengthIPv4 : LengthIPv6);
            }
        }
    }

    private static IEnumerable<InterfaceSetting> SettingsOf(string? sysctls)
    {
        foreach (string text in sysctls?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (InterfaceSetting.TryParse(text.Replace(".ifname.", ".IFNAME.", StringComparison.Ordinal), out InterfaceSetting? setting))
            {
                yield return setting;
            }
        }
    }
}
