using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class NetworkRulesTests
{
    private static string? Complaint(ContainerConfig config, HostConfig host, params NamedEndpoint[] endpoints)
    {
        try
        {
            NetworkRules.Check(config, host, endpoints);
            return null;
        }
        catch (EngineException e)
        {
            Assert.Equal(Refusal.InvalidArgument, e.Refusal);
            return e.Message;
        }
    }

    private static HostConfig Joining => new() { NetworkMode = "container:other" };

    private static NamedEndpoint On(string network, EndpointSettings? settings = null) => new(network, settings ?? new EndpointSettings());

    [Fact]
    public void What_anothers_network_decides_cannot_be_asked_for_again()
    {
        Assert.Equal("conflicting options: hostname and the network mode", Complaint(new ContainerConfig { Hostname = "h" }, Joining));
        HostConfig host = Joining;
        host.Links = ["a"];
        Assert.Equal("conflicting options: container type network can't be used with links. This would result in undefined behavior", Complaint(new(), host));
        host = Joining;
        host.Dns = ["1.1.1.1"];
        Assert.Equal("conflicting options: dns and the network mode", Complaint(new(), host));
        host = Joining;
        host.ExtraHosts = ["a:1.2.3.4"];
        Assert.Equal("conflicting options: custom host-to-IP mapping and the network mode", Complaint(new(), host));
        host = Joining;
        host.PublishAllPorts = true;
        Assert.Equal("conflicting options: port publishing and the container type network mode", Complaint(new(), host));
        Assert.Equal(
            "conflicting options: port exposing and the container type network mode", Complaint(new ContainerConfig { ExposedPorts = ["80/tcp"] }, Joining));
        Assert.Null(Complaint(new(), Joining));
    }

    [Theory]
    [InlineData("container:", "invalid container format container:<name|id>")]
    [InlineData("container", "invalid container format container:<name|id>")]
    [InlineData("bridge", null)]
    [InlineData("lan", null)]
    [InlineData("host", null)]
    public void A_mode_is_a_network_or_a_container(string mode, string? words) => Assert.Equal(words, Complaint(new(), new HostConfig { NetworkMode = mode }));

    [Fact]
    public void The_hosts_network_has_no_links_and_may_have_a_name()
    {
        Assert.Equal(
            "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
            Complaint(new(), new HostConfig { NetworkMode = "host", Links = ["a"] }));
        Assert.Null(Complaint(new ContainerConfig { Hostname = "h" }, new HostConfig { NetworkMode = "host" }));
    }

    [Fact]
    public void The_hosts_name_is_not_the_containers_to_change()
    {
        HostConfig host = new() { UTSMode = "host" };
        Assert.Equal("conflicting options: hostname and the UTS mode", Complaint(new ContainerConfig { Hostname = "h" }, host));
        Assert.Equal("conflicting options: domainname and the UTS mode", Complaint(new ContainerConfig { Domainname = "d" }, host));
    }

    [Theory]
    [InlineData("a\nb", "", "invalid hostname format: a\nb")]
    [InlineData("a", "b c", "invalid hostname format: b c")]
    public void A_name_is_one_word_of_the_files_that_it_goes_into(string host, string domain, string words)
        => Assert.Equal(words, Complaint(new ContainerConfig { Hostname = host, Domainname = domain }, new HostConfig()));

    [Fact]
    public void What_goes_into_files_is_checked_word_by_word()
    {
        Assert.Equal("bad nameserver address 1.1.1.1\nsearch x", Complaint(new(), new HostConfig { Dns = ["1.1.1.1\nsearch x"] }));
        Assert.Equal("invalid DNS search domain or option: a\nb", Complaint(new(), new HostConfig { DnsSearch = ["a\nb"] }));
        Assert.Equal("bad format for add-host: \"a b:1.2.3.4\"", Complaint(new(), new HostConfig { ExtraHosts = ["a b:1.2.3.4"] }));
        Assert.Equal("bad format for add-host: \"a\"", Complaint(new(), new HostConfig { ExtraHosts = ["a"] }));
        Assert.Equal("invalid IP address in add-host: \"b\"", Complaint(new(), new HostConfig { ExtraHosts = ["a:b"] }));
        Assert.Null(Complaint(new(), new HostConfig { ExtraHosts = ["a:host-gateway", "b:::1", "c:[::1]"], Dns = ["::1"], DnsOptions = ["ndots:2"] }));
    }

    [Fact]
    public void An_exposed_port_that_is_none_is_refused()
    {
        Assert.Equal("invalid port specification: \"x\"", Complaint(new ContainerConfig { ExposedPorts = ["x/tcp"] }, new HostConfig()));
        Assert.Equal("invalid proto: foo", Complaint(new ContainerConfig { ExposedPorts = ["80/foo"] }, new HostConfig()));
        Assert.Null(Complaint(new ContainerConfig { ExposedPorts = ["80-90/udp"] }, new HostConfig()));
    }

    [Fact]
    public void The_engines_own_networks_give_no_addresses_on_demand()
    {
        EndpointSettings wish = new() { IpamConfig = new() { IPv4Address = "10.0.0.5" }, Aliases = ["a"] };
        Assert.Equal(
            "invalid config for network bridge: invalid endpoint settings:\n* user specified IP address is supported on user defined networks only\n"
            + "* network-scoped alias is supported only for containers in user defined networks",
            Complaint(new(), new HostConfig(), On("bridge", wish)));
        Assert.Null(Complaint(new(), new HostConfig { NetworkMode = "lan" }, On("lan", wish)));
    }

    [Theory]
    [InlineData("foo", "", "", "invalid IPv4 address: foo")]
    [InlineData("::1", "", "", "invalid IPv4 address: ::1")]
    [InlineData("0.0.0.0", "", "", "invalid IPv4 address: 0.0.0.0")]
    [InlineData("", "10.0.0.1", "", "invalid IPv6 address: 10.0.0.1")]
    [InlineData("", "::", "", "invalid IPv6 address: ::")]
    [InlineData("", "", "x", "invalid link-local IP address: x")]
    public void An_address_that_is_none_is_refused(string v4, string v6, string local, string words)
        => Assert.Equal(
            "invalid config for network lan: invalid endpoint settings:\n" + words,
            Complaint(new(), new HostConfig { NetworkMode = "lan" }, On("lan", new() { IpamConfig = new() { IPv4Address = v4, IPv6Address = v6, LinkLocalIPs = local.Length > 0 ? [local] : [] } })));

    [Theory]
    [InlineData("92:d0:c6:0a:29:33", true)]
    [InlineData("92-D0-C6-0A-29-33", true)]
    [InlineData("92d0c60a2933", false)]
    [InlineData("92:d0:c6:0a:29", false)]
    [InlineData("92:d0:c6:0a:29:zz", false)]
    public void A_link_has_six_bytes_of_address(string text, bool isAddress)
        => Assert.Equal(
            isAddress ? null : "invalid config for network lan: invalid MAC address " + text,
            Complaint(new(), new HostConfig { NetworkMode = "lan" }, On("lan", new() { MacAddress = text })));

    [Theory]
    [InlineData("net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.ifname.x=0", true)]
    [InlineData("net.ipv4.conf.eth0.log_martians=1", false)]
    [InlineData("net.core.somaxconn=1", false)]
    public void An_endpoints_sysctls_name_no_link(string sysctls, bool isGood)
    {
        EndpointSettings wish = new() { DriverOpts = new Dictionary<string, string> { ["com.docker.network.endpoint.sysctls"] = sysctls } };
        Assert.Equal(isGood, Complaint(new(), new HostConfig { NetworkMode = "lan" }, On("lan", wish)) is null);
    }

    [Fact]
    public void No_settings_at_all_are_an_error()
        => Assert.Equal("invalid config for network lan: EndpointsConfig is nil", Complaint(new(), new HostConfig { NetworkMode = "lan" }, new NamedEndpoint("lan", null)));

    [Fact]
    public void A_shared_network_is_the_only_one()
    {
        const string Shared = "container sharing network namespace with another container or host cannot be connected to any other network";
        Assert.Equal(Shared, Complaint(new(), new HostConfig { NetworkMode = "host" }, On("lan")));
        Assert.Equal(Shared, Complaint(new(), Joining, On("lan")));
        Assert.Null(Complaint(new(), new HostConfig { NetworkMode = "host" }, On("host")));
        Assert.Equal(
            "container cannot be connected to multiple networks with one of the networks in private (none) mode",
            Complaint(new(), new HostConfig { NetworkMode = "none" }, On("none"), On("lan")));
    }

    [Fact]
    public void Memberships_are_the_modes_network_first()
    {
        static string Names(HostConfig host, params NamedEndpoint[] endpoints)
            => string.Join(' ', NetworkMembership.Of(new ContainerConfig(), host, endpoints).Select(membership => membership.Network));

        Assert.Equal("bridge", Names(new HostConfig()));
        Assert.Equal("bridge", Names(new HostConfig { NetworkMode = "default" }, On("default"), On("bridge")));
        Assert.Equal("lan a z", Names(new HostConfig { NetworkMode = "lan" }, On("z"), On("lan"), On("a")));
        Assert.Equal("other", Names(new HostConfig { NetworkMode = "lan" }, On("other")));
        Assert.Equal("host", Names(new HostConfig { NetworkMode = "host" }));
        Assert.Equal("", Names(Joining));
        Assert.Empty(NetworkMembership.Of(new ContainerConfig { NetworkDisabled = true }, new HostConfig(), []));
    }
}
