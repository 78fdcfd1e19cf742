namespace Coracle;

/// <summary>What can be said of networks, as dockerd 28 calls it. <see cref="NetworkSetup"/> reads it.</summary>
internal static class NetworkOptionTable
{
    private const char NoShort = '\0';

    public static IReadOnlyList<OptionSpec> All { get; } =
    [
        Switch("allow-direct-routing", "let containers' own addresses be reached from other links"),
        Value("bip", "address of the default bridge: 172.17.0.1/16"),
        Value("bip6", "IPv6 address of the default bridge"),
        new("bridge", 'b', "bridge", OptionKind.Value, OptionUse.Works, "link of the default network; none has no default network"),
        new("default-address-pool", NoShort, "default-address-pools", OptionKind.List, OptionUse.Works, "what subnets are cut out of: base=ADDRESS/LENGTH,size=LENGTH (several)"),
        Value("default-gateway", "default route of the default network, where it is not the bridge"),
        Value("default-gateway-v6", "the same for IPv6"),
        new("default-network-opt", NoShort, "default-network-opts", OptionKind.Map, OptionUse.Works, "driver=option=value of new networks (several)"),
        new("dns", NoShort, "dns", OptionKind.List, OptionUse.Works, "name server of containers (several)"),
        new("dns-opt", NoShort, "dns-opts", OptionKind.List, OptionUse.Works, "option of resolv.conf (several)"),
        new("dns-search", NoShort, "dns-search", OptionKind.List, OptionUse.Works, "search domain of containers (several)"),
        Value("firewall", "own: our rules alone; integrate: one rule goes into the owner's firewall"),
        Value("firewall-backend", "nftables or iptables; what the kernel has, by default"),
        Value("fixed-cidr", "where containers on the default network get addresses"),
        Value("fixed-cidr-v6", "the same for IPv6"),
        new("host-gateway-ip", NoShort, "host-gateway-ips", OptionKind.List, OptionUse.Works, "what host-gateway is in --add-host (one of each family)"),
        Switch("icc", "let containers on the default network reach each other; true by default"),
        Value("ip", "address that ports are published at which name none"),
        Switch("ip-forward", "turn the kernel's forwarding on; true by default"),
        Switch("ip-forward-no-drop", "leave the FORWARD policy as it is when forwarding is turned on"),
        Switch("ip-masq", "hide the default network behind the host's address; true by default"),
        Switch("ip6tables", "make rules of IPv6; true by default"),
        Switch("iptables", "make rules of IPv4; true by default"),
        Switch("ipv6", "give the default network IPv6 addresses"),
        Value("mtu", "bytes a packet of the default network has at most; 1500 by default"),
        Switch("userland-proxy", "publish ports at [::1] as well; true by default"),
    ];

    private static OptionSpec Switch(string flag, string help) => new(flag, NoShort, flag, OptionKind.Switch, OptionUse.Works, help);

    private static OptionSpec Value(string flag, string help) => new(flag, NoShort, flag, OptionKind.Value, OptionUse.Works, help);
}
