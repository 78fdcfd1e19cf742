using System.Net;
using Coracle.Core;
using Coracle.Networking;

namespace Coracle.Tests.Options;

public sealed class NetworkSetupTests
{
    [Fact]
    public void Every_option_is_read()
    {
        NetworkOptions options = Parse(
            "--bip=10.9.0.5/24", "--bip6", "fd00:9::1/64", "--fixed-cidr=10.9.0.128/25", "--fixed-cidr-v6=fd00:9::/80", "--default-gateway", "10.9.0.200",
            "--default-gateway-v6=fd00:9::99", "--mtu=1400", "--icc=false", "--ip=127.0.0.1", "--ip-forward=false", "--ip-masq=false", "--ip6tables=false", "--ipv6",
            "--default-address-pool", "base=10.0.0.0/8,size=24", "--default-address-pool=base=fd00:1::/48,size=64", "--dns=1.1.1.1", "--dns-opt=ndots:2",
            "--dns-search=example.org", "--dns-search=.", "--userland-proxy=false", "--default-network-opt=bridge=com.docker.network.driver.mtu=1300",
            "--firewall=own", "--firewall-backend=nftables", "--allow-direct-routing", "--ip-forward-no-drop", "--host-gateway-ip=10.0.0.1");
        Assert.Equal(("10.9.0.5/24", "fd00:9::1/64"), (options.Bip!.ToString(), options.Bip6!.ToString()));
        Assert.Equal((Subnet.Parse("10.9.0.128/25"), Subnet.Parse("fd00:9::/80")), (options.FixedCidr!.Value, options.FixedCidrV6!.Value));
        Assert.Equal((IPAddress.Parse("10.9.0.200"), IPAddress.Parse("fd00:9::99"), IPAddress.Loopback), (options.DefaultGateway, options.DefaultGatewayV6, options.HostBinding));
        Assert.Equal((1400, false, false, false, false, true), (options.Mtu, options.Icc, options.IpForward, options.IpMasquerade, options.Ip6Tables, options.IPv6));
        Assert.Equal(["10.0.0.0/8 24", "fd00:1::/48 64"], options.AddressPools.Select(pool => $"{pool.Block} {pool.Size}"));
        Assert.Equal(("1.1.1.1", "ndots:2", "example.org ."), (options.Dns[0].ToString(), options.DnsOptions[0], string.Join(' ', options.DnsSearch)));
        Assert.Equal((false, "nftables", FirewallChoice.Own, true, true), (options.UserlandProxy, options.FirewallBackend, options.Firewall, options.AllowDirectRouting, options.IpForwardNoDrop));
        Assert.Equal("1300", options.DriverDefaults["bridge"]["com.docker.network.driver.mtu"]);
        Assert.Equal("10.0.0.1", Assert.Single(options.HostGateways).ToString());
    }

    [Fact]
    public void Without_options_it_is_as_Docker_is_and_each_name_has_its_own_bridge()
    {
        NetworkOptions options = Parse();
        Assert.Equal((1500, true, true, true, true, true, false), (options.Mtu, options.Icc, options.IpMasquerade, options.IpForward, options.IpTables, options.UserlandProxy, options.IPv6));
        Assert.Equal(("coracle0", FirewallChoice.Own), (options.BridgeLink, options.Firewall));
        Assert.Equal(("docker0", FirewallChoice.Integrate), (Of("dockerd").BridgeLink, Of("dockerd").Firewall));
        Assert.Equal("balena0", Of("balenad").BridgeLink);
        Assert.False(Parse("-b", "none").HasBridge);
        Assert.Equal(SubnetBase.Defaults, options.AddressPools);
    }

    [Fact]
    public void The_file_has_Dockers_keys()
    {
        OptionValues file = ConfigurationFile.Parse("""
            {"bip":"10.9.0.1/24","default-address-pools":[{"base":"10.0.0.0/8","size":24},{"base":"fd00:1::/48","size":64}],"dns":["1.1.1.1"],"dns-opts":["ndots:2"],
             "default-network-opts":{"bridge":{"com.docker.network.driver.mtu":"1300"}},"icc":false,"mtu":1400,"host-gateway-ip":"10.0.0.1","userland-proxy":false}
            """u8.ToArray());
        NetworkOptions options = NetworkSetup.Of(file, EngineDefaults.For("dockerd"));
        Assert.Equal(["10.0.0.0/8 24", "fd00:1::/48 64"], options.AddressPools.Select(pool => $"{pool.Block} {pool.Size}"));
        Assert.Equal(("10.9.0.1/24", 1400, false, "1300", false), (options.Bip!.ToString(), options.Mtu, options.Icc, options.DriverDefaults["bridge"]["com.docker.network.driver.mtu"], options.UserlandProxy));
        Assert.Equal(("1.1.1.1", "ndots:2", "10.0.0.1"), (options.Dns[0].ToString(), options.DnsOptions[0], options.HostGateways[0].ToString()));
    }

    [Theory]
    [InlineData("invalid argument \"x\" for \"--bip\" flag: invalid CIDR address: x", "--bip=x")]
    [InlineData("invalid CIDR address: fd00::1/64", "--bip=fd00::1/64")]
    [InlineData("you specified -b & --bip, mutually exclusive options. Please specify only one", "--bip=10.0.0.1/8", "-b", "br0")]
    [InlineData("you specified --iptables=false with --icc=false.", "--iptables=false", "--icc=false")]
    [InlineData("container subnet must be a subset of bridge network", "--bip=10.0.0.1/24", "--fixed-cidr=10.0.1.0/24")]
    [InlineData("default gateway ip must be part of the network", "--bip=10.0.0.1/24", "--default-gateway=10.0.1.1")]
    [InlineData("invalid argument \"x\" for \"--ip\" flag: x is not an ip address", "--ip=x")]
    [InlineData("invalid default MTU: -1", "--mtu=-1")]
    [InlineData("invalid argument \"x\" for \"--mtu\" flag", "--mtu=x")]
    [InlineData("invalid argument \"x\" for \"--dns\" flag: IP address is not correctly formatted: x", "--dns=x")]
    [InlineData("a b is not a valid domain", "--dns-search=a b")]
    [InlineData("unexpected key 'foo' in 'foo=1'", "--default-address-pool=foo=1")]
    [InlineData("invalid default driver option", "--default-network-opt=bridge")]
    [InlineData("is not a valid IPv6 subnet", "--fixed-cidr-v6=10.0.0.0/8")]
    [InlineData("one of nftables, iptables is expected", "--firewall-backend=x")]
    [InlineData("only one IPv4 and one IPv6 host gateway", "--host-gateway-ip=10.0.0.1", "--host-gateway-ip=10.0.0.2")]
    public void What_is_wrong_is_said_at_the_start(string message, params string[] args)
        => Assert.Contains(message, Assert.Throws<OptionsException>(() => Parse(args)).Message, StringComparison.Ordinal);

    private static NetworkOptions Parse(params string[] args) => EngineOptions.Parse(EngineDefaults.For("no-such-file"), args).Network;

    private static NetworkOptions Of(string name) => NetworkSetup.Of(new OptionValues(), EngineDefaults.For(name));
}
