using System.Net;
using Coracle.Linux;
using Coracle.Networking;
using static Coracle.RootTests.Networking.BridgedHost;
using static Coracle.RootTests.Networking.Neighbourhood;

namespace Coracle.RootTests.Networking;

/// <summary>Bridges on a host: made, found again, changed, left alone.</summary>
[Trait("Needs", "root")]
public sealed class BridgeDriverTests : IDisposable
{
    private readonly BridgedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_bridge_has_all_that_a_network_needs()
    {
        BridgeNetwork network = Network(30) with { Mtu = 1400 };
        Assert.Equal(BridgeOrigin.Made, Ensure(network));
        NetworkLink link = Link(network.Bridge);
        Assert.Equal(("coracle:" + network.Id, 1400, true, LinkNames.MacOf(network.Id)), (link.Alias, link.Mtu, link.IsUp, link.Mac));
        Assert.Equal(["172.30.0.1/16", "fd30::1/64", "fe80::1/64"], Addresses(network).Where(address => address.Length < 16));
        Assert.Equal(("1", "0", "0"), (Setting("ipv4", network, "route_localnet"), Setting("ipv6", network, "accept_ra"), Setting("ipv6", network, "disable_ipv6")));
        Assert.Equal("1\n1\n1\n", Shell(_host.Host, "sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.default.forwarding"));
        Assert.Equal(["IPv4 forwarding was off", "IPv6 forwarding was off"], _host.Warnings.Select(warning => warning[..23]));

        In(_host.Host, () => _host.Driver.Remove(network));
        In(_host.Host, () => _host.Driver.Remove(network));
        Assert.Equal(["eth0", "lo"], _host.LinksOf(_host.Host));
        Assert.Equal("", _host.Rules());
    }

    [Fact]
    public void A_network_without_IPv6_has_none_of_it_and_an_internal_one_routes_nothing()
    {
        BridgeNetwork network = Network(30) with { IPv6 = null, IsInternal = true };
        Ensure(network);
        Assert.Equal(["172.30.0.1/16"], Addresses(network));
        Assert.Equal(("0", "1"), (Setting("ipv4", network, "route_localnet"), Setting("ipv6", network, "disable_ipv6")));
        Assert.Equal("0\n0\n", Shell(_host.Host, "sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding"));
        Assert.Empty(_host.Warnings);
    }

    [Fact]
    public void Forwarding_that_the_owner_forbids_stays_off_and_is_told()
    {
        var driver = new BridgeDriver(_host.Wall, new Forwarding(IsAllowed: false), _host.Warnings.Add);
        In(_host.Host, () => driver.Ensure(Network(30) with { IPv6 = null }));
        Assert.Equal(["IPv4 forwarding is disabled. Networking will not work."], _host.Warnings);
        Assert.Equal("0\n", Shell(_host.Host, "sysctl -n net.ipv4.ip_forward"));
    }

    [Fact]
    public void Without_rules_127_0_0_1_leads_nowhere()
    {
        var driver = new BridgeDriver(null, new Forwarding(), _host.Warnings.Add);
        In(_host.Host, () => driver.Ensure(Network(30)));
        Assert.Equal("0", Setting("ipv4", Network(30), "route_localnet"));
    }

    [Fact]
    public void The_next_engine_finds_it_and_its_containers_notice_nothing()
    {
        BridgeNetwork network = _host.Make(Network(30));
        var a = _host.Container("a", network, 2);
        LinkIndex index = Link(network.Bridge).Index;
        string rules = _host.Rules();
        _host.Restart();
        Assert.Equal(BridgeOrigin.Kept, Ensure(network));
        Assert.Equal(BridgeOrigin.Kept, Ensure(network));
        Assert.Equal((index, rules), (Link(network.Bridge).Index, _host.Rules()));
        Assert.Empty(_host.Warnings);
        AssertAnswer("a saw 172.30.0.1", _host.Host, "172.30.0.2", 80);
        AssertAnswer("outside saw 192.0.2.2", a, "192.0.2.1", 80);
    }

    [Fact]
    public void It_is_brought_to_what_its_network_has_become()
    {
        BridgeNetwork network = _host.Make(Network(30));
        _host.Restart();
        BridgeNetwork changed = network with { IPv4 = new(IPNetwork.Parse("172.30.0.0/17"), IPAddress.Parse("172.30.0.1")), IPv6 = null, Mtu = 1300 };
        Shell(_host.Host, $"ip link set {network.Bridge} down; ip addr add 172.30.0.9/16 dev {network.Bridge}");
        Assert.Equal(BridgeOrigin.Kept, Ensure(changed));
        Assert.Equal(["172.30.0.1/17"], Addresses(network));
        Assert.Equal((1300, true), (Link(network.Bridge).Mtu, Link(network.Bridge).IsUp));
        _host.Restart();
        Ensure(network);
        Assert.Contains("172.30.0.1/16", Addresses(network));
        Assert.Contains("fd30::1/64", Addresses(network));
    }

    /// <summary>The crash was between the link and its mark.</summary>
    [Fact]
    public void A_bridge_of_its_own_name_without_a_mark_is_its()
    {
        BridgeNetwork network = Network(30);
        Shell(_host.Host, $"ip link add {network.Bridge} type bridge");
        Assert.Equal(BridgeOrigin.Kept, Ensure(network));
        Assert.Equal("coracle:" + network.Id, Link(network.Bridge).Alias);
    }

    [Fact]
    public void The_owners_bridge_is_used_and_stays_as_it_was()
    {
        Shell(_host.Host, "ip link add lan0 type bridge && ip addr add 10.9.0.1/24 dev lan0 && ip link set lan0 alias wires up");
        BridgeNetwork network = Network(30) with { Bridge = "lan0", IPv6 = null };
        Assert.Equal(BridgeOrigin.Foreign, Ensure(network));
        _host.Restart();
        Assert.Equal(BridgeOrigin.Foreign, Ensure(network));
        _host.Container("a", network, 2);
        AssertAnswer("a saw 172.30.0.1", _host.Host, "172.30.0.2", 80);
        In(_host.Host, () => _host.Driver.Remove(network));
        Assert.Equal(("wires", "0", "0"), (Link("lan0").Alias, Setting("ipv4", network, "route_localnet"), Setting("ipv6", network, "disable_ipv6")));
        Assert.Contains("10.9.0.1/24", Addresses(network));
        Assert.Equal("", _host.Rules());
    }

    [Fact]
    public void What_cannot_be_a_networks_bridge_is_refused()
    {
        BridgeNetwork network = _host.Make(Network(30));
        Assert.Equal("existing interface eth0 is not a bridge", Refusal(Network(31) with { Bridge = "eth0" }));
        Assert.Equal($"bridge {network.Bridge} belongs to network {network.Id}", Refusal(Network(31) with { Bridge = network.Bridge }));
        Assert.Equal("invalid bridge name: a/b", Refusal(Network(31) with { Bridge = "a/b" }));
        Assert.StartsWith("failed to create bridge br-big: RTM_SETLINK", Refusal(Network(31) with { Bridge = "br-big", Mtu = 70_000 }), StringComparison.Ordinal);
        Assert.Equal(network.Bridge, Assert.Single(_host.LinksOf(_host.Host), name => name.StartsWith("br", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_refusal_of_the_kernel_at_any_step_leaves_nothing()
    {
        _host.Make(Network(29)); // so that a table is there that must stay as it is
        string[] links = _host.LinksOf(_host.Host);
        string rules = _host.Rules();
        int steps = Refusals.AtEach(opener =>
        {
            var driver = new BridgeDriver(_host.Wall, new Forwarding(), _host.Warnings.Add) { Opener = opener };
            In(_host.Host, () => driver.Ensure(Network(30) with { Mtu = 1400 }));
        }, failure =>
        {
            Assert.Contains(": E", failure.Message, StringComparison.Ordinal);
            Assert.Equal(rules, _host.Rules());
            Assert.Equal(links, _host.LinksOf(_host.Host));
        });
        Assert.Equal(7, steps); // link, its MTU, mark, three addresses, up
    }

    private string Refusal(BridgeNetwork network) => Assert.Throws<NetworkingException>(() => Ensure(network)).Message;

    private BridgeOrigin Ensure(BridgeNetwork network) => In(_host.Host, () => _host.Driver.Ensure(network));

    private NetworkLink Link(string name) => _host.Host.Route.TryFindLink(name)!;

    private string[] Addresses(BridgeNetwork network)
        => [.. _host.Host.Route.Addresses(Link(network.Bridge).Index).Select(address => address.ToString()).Order(StringComparer.Ordinal)];

    private string Setting(string family, BridgeNetwork network, string name)
        => NetworkSysctl.OfLink(family, network.Bridge, name).TryRead(_host.Host.Handle, out string? value) ? value : "";
}
