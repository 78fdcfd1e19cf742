using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coracle.Linux;
using Coracle.Networking;
using Coracle.RootTests.Linux;
using Microsoft.Win32.SafeHandles;
using static Coracle.RootTests.Networking.BridgedHost;
using static Coracle.RootTests.Networking.Neighbourhood;
using TransportProtocol = Coracle.Networking.TransportProtocol;

namespace Coracle.RootTests.Networking;

/// <summary>Containers on networks: who reaches whom, and what is left when they go.</summary>
[Trait("Needs", "root")]
public sealed class SandboxJoinTests : IDisposable
{
    private readonly BridgedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Containers_reach_each_other_the_host_and_the_outside()
    {
        BridgeNetwork network = _host.Make(Network(30));
        NetworkSpace a = _host.Container("a", network, 2), b = _host.Container("b", network, 3);
        _host.Serve(_host.Host, "host", 81);
        AssertAnswer("a saw 172.30.0.3", b, "172.30.0.2", 80);
        AssertAnswer("a saw fd30::3", b, "fd30::2", 80);
        AssertAnswer("b saw 172.30.0.2", a, "172.30.0.3", 80, udp: true);
        AssertAnswer("a saw 172.30.0.1", _host.Host, "172.30.0.2", 80);
        AssertAnswer("a saw fd30::1", _host.Host, "fd30::2", 80);
        AssertAnswer("host saw 172.30.0.2", a, "172.30.0.1", 81);
        AssertAnswer("outside saw 192.0.2.2", a, "192.0.2.1", 80);
        AssertAnswer("outside saw fd01::2", a, "fd01::1", 80);
        AssertAnswer("a saw 127.0.0.1", a, "127.0.0.1", 80);
        AssertAnswer("a saw ::1", a, "::1", 80);
    }

    [Fact]
    public void A_published_port_answers_outside_the_host_itself_and_its_own_container()
    {
        BridgeNetwork network = _host.Make(Network(30));
        NetworkSpace a = _host.Container("a", network, 2), b = _host.Container("b", network, 3);
        In(_host.Host, () => _host.Wall.Publish(
        [
            new(TransportProtocol.Tcp, IPAddress.Any, 8080, IPAddress.Parse("172.30.0.2"), 80),
            new(TransportProtocol.Tcp, IPAddress.IPv6Any, 8080, IPAddress.Parse("fd30::2"), 80),
        ]));
        AssertAnswer("a saw 192.0.2.1", _host.Outside, "192.0.2.2", 8080);
        AssertAnswer("a saw fd01::1", _host.Outside, "fd01::2", 8080);
        AssertAnswer("a saw 172.30.0.1", _host.Host, "127.0.0.1", 8080);
        AssertAnswer("a saw 172.30.0.1", a, "192.0.2.2", 8080);
        AssertAnswer("a saw 172.30.0.1", b, "192.0.2.2", 8080);
    }

    [Fact]
    public void A_container_reaches_its_own_published_port_also_where_bridges_are_filtered()
    {
        using BridgedHost host = new(bridgesAreFiltered: true);
        BridgeNetwork network = host.Make(Network(30));
        NetworkSpace a = host.Container("a", network, 2), b = host.Container("b", network, 3);
        In(host.Host, () => host.Wall.Publish([new(TransportProtocol.Tcp, IPAddress.Any, 8080, IPAddress.Parse("172.30.0.2"), 80)]));
        AssertAnswer("a saw 172.30.0.1", a, "192.0.2.2", 8080);
        AssertAnswer("a saw 172.30.0.1", b, "192.0.2.2", 8080);
        AssertAnswer("a saw 172.30.0.3", b, "172.30.0.2", 80);
        AssertAnswer("a saw fd30::3", b, "fd30::2", 80);
    }

    [Fact]
    public void Neighbours_that_are_kept_apart_reach_the_host_and_the_outside_only()
    {
        BridgeNetwork network = _host.Make(Network(30) with { ConnectsNeighbours = false });
        NetworkSpace a = _host.Container("a", network, 2), b = _host.Container("b", network, 3);
        AssertAnswer("nobody", b, "172.30.0.2", 80);
        AssertAnswer("nobody", b, "fd30::2", 80);
        AssertAnswer("a saw 172.30.0.1", _host.Host, "172.30.0.2", 80);
        AssertAnswer("outside saw 192.0.2.2", a, "192.0.2.1", 80);
        AssertAnswer("outside saw fd01::2", b, "fd01::1", 80);
    }

    [Fact]
    public void An_internal_network_is_for_its_members()
    {
        _host.Make(Network(31)); // so that the host does forward
        BridgeNetwork network = _host.Make(Network(30) with { IsInternal = true });
        NetworkSpace a = _host.Container("a", network, 2), b = _host.Container("b", network, 3);
        Assert.DoesNotContain(a.Route.Routes(AddressFamily.Unspecified), route => route.IsDefault);
        AssertAnswer("b saw 172.30.0.2", a, "172.30.0.3", 80);
        AssertAnswer("b saw fd30::2", a, "fd30::3", 80);
        Shell(a, "ip route add default via 172.30.0.1"); // it may try
        AssertAnswer("nobody", a, "192.0.2.1", 80);
    }

    [Fact]
    public void An_interface_is_as_it_was_asked_for()
    {
        BridgeNetwork network = _host.Make(Network(30) with { IPv6 = null });
        NetworkSpace a = _host.Space();
        Assert.True(InterfaceSetting.TryParse("net.ipv4.conf.IFNAME.log_martians=1", out InterfaceSetting? martians));
        JoinedEndpoint joined = _host.Join(a, _host.Endpoint(network, 2) with
        {
            InterfaceName = "wan.1",
            Mtu = 1400,
            Settings = [martians],
            Routes = [new(IPNetwork.Parse("10.1.0.0/16"), IPAddress.Parse("172.30.0.9")), new(IPNetwork.Parse("10.2.0.0/16"), null)],
        });
        NetworkLink link = a.Route.TryFindLink("wan.1")!, end = _host.Host.Route.TryFindLink(joined.HostName!)!;
        Assert.Equal((1400, true, NetworkSpace.Mac("02:42:ac:00:00:02")), (link.Mtu, link.IsUp, link.Mac!.Value));
        Assert.Equal((1400, $"coracle:{network.Id}/{joined.Endpoint.Id}", link.Index), (end.Mtu, end.Alias, end.Parent));
        Assert.Equal(["172.30.0.2/16"], a.Route.Addresses(link.Index).Select(address => address.ToString()));
        string routes = Shell(a, "ip route");
        Assert.Contains("10.1.0.0/16 via 172.30.0.9 dev wan.1", routes, StringComparison.Ordinal);
        Assert.Contains("10.2.0.0/16 dev wan.1 scope link", routes, StringComparison.Ordinal);
        Assert.True(NetworkSysctl.OfLink("ipv4", "wan.1", "log_martians").TryRead(a.Handle, out string? value) && value == "1");
        Assert.True(NetworkSysctl.OfLink("ipv6", "wan.1", "disable_ipv6").TryRead(a.Handle, out value) && value == "1");
    }

    [Fact]
    public void A_network_comes_to_a_running_container_and_goes_again()
    {
        BridgeNetwork one = _host.Make(Network(30)), two = _host.Make(Network(31));
        NetworkSpace a = _host.Space(), c = _host.Container("c", two, 3);
        _host.Serve(a, "a", 80);
        JoinedEndpoint first = _host.Join(a, _host.Endpoint(one, 2));
        JoinedEndpoint second = _host.Join(a, _host.Endpoint(two, 2) with { GatewayPriority = 1 }, first);
        Assert.Equal(("eth0", "eth1"), (first.InterfaceName, second.InterfaceName));
        AssertAnswer("c saw 172.31.0.2", a, "172.31.0.3", 80);
        Assert.Equal(["172.31.0.1", "fd31::1"], Gateways(a));
        AssertAnswer("outside saw 192.0.2.2", a, "192.0.2.1", 80);

        _host.Leave(a, second, first);
        _host.Leave(a, second, first);
        Assert.Equal(["eth0", "lo"], _host.LinksOf(a));
        Assert.Equal(["172.30.0.1", "fd30::1"], Gateways(a));
        AssertAnswer("outside saw 192.0.2.2", a, "192.0.2.1", 80);
        AssertAnswer("outside saw fd01::2", a, "fd01::1", 80);
        AssertAnswer("nobody", c, "172.31.0.2", 80);

        _host.Leave(a, first);
        Assert.Equal(["lo"], _host.LinksOf(a));
        Assert.Empty(Gateways(a));
        Assert.Equal(5, _host.LinksOf(_host.Host).Length); // lo, eth0, two bridges, c's end
    }

    [Fact]
    public void A_default_route_of_the_containers_own_is_left_alone()
    {
        BridgeNetwork one = _host.Make(Network(30)), two = _host.Make(Network(31));
        NetworkSpace a = _host.Space();
        JoinedEndpoint first = _host.Join(a, _host.Endpoint(one, 2) with { GatewayPriority = 1 });
        Shell(a, "ip route replace default via 172.30.0.77");
        JoinedEndpoint second = _host.Join(a, _host.Endpoint(two, 2), first);
        _host.Leave(a, second, first);
        Assert.Equal(["172.30.0.77", "fd30::1"], Gateways(a));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_refusal_of_the_kernel_at_any_step_leaves_what_was_there(bool icc)
    {
        BridgeNetwork one = _host.Make(Network(30)), two = _host.Make(Network(31) with { ConnectsNeighbours = icc });
        NetworkSpace a = _host.Space();
        JoinedEndpoint first = _host.Join(a, _host.Endpoint(one, 2));
        Endpoint second = _host.Endpoint(two, 2) with { GatewayPriority = 1, Routes = [new(IPNetwork.Parse("10.1.0.0/16"), IPAddress.Parse("172.31.0.9"))] };
        string[] links = _host.LinksOf(_host.Host);
        string routes = Shell(a, "ip route; ip -6 route");
        int steps = Refusals.AtEach(
            opener => In(_host.Host, () => new SandboxJoin(_host.Warnings.Add) { Opener = opener }.Join(a.Handle, [second], [first])),
            failure =>
            {
                Assert.Matches("^failed to (create endpoint db on network net172.31.0.0: .+|set up loopback interface|set gateway): ", failure.Message);
                Assert.Equal(links, _host.LinksOf(_host.Host));
                Assert.Equal(["eth0", "lo"], _host.LinksOf(a));
                Assert.Equal(routes, Shell(a, "ip route; ip -6 route"));
            });
        Assert.Equal(icc ? 9 : 11, steps); // lo, pair, mark, (apart, up,) two addresses, up, a route, two default routes
        AssertAnswer("outside saw 192.0.2.2", a, "192.0.2.1", 80);
        Assert.DoesNotContain(_host.Warnings, warning => warning.Contains("taken back", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_made_says_why_and_leaves_nothing()
    {
        BridgeNetwork network = _host.Make(Network(30));
        NetworkSpace a = _host.Space();
        Endpoint good = _host.Endpoint(network, 2);
        Assert.True(InterfaceSetting.TryParse("net.ipv4.conf.IFNAME.no_such=1", out InterfaceSetting? nonsense));
        string[] links = _host.LinksOf(_host.Host);
        foreach ((Endpoint bad, string words) in new[]
        {
            (good with { Link = new BridgePort("br-gone") }, "bridge br-gone is not there: RTM_GETLINK br-gone: ENODEV"),
            (good with { InterfaceName = "lo" }, "<=> sandbox (lo) pair interfaces: RTM_NEWLINK"),
            (good with { InterfaceName = "a b" }, "invalid interface name: a b"),
            (good with { Settings = [nonsense] }, "failed to configure interface eth1: open /proc/sys/net/ipv4/conf/eth1/no_such: ENOENT"),
            (good with { Addresses = [good.Addresses[0], good.Addresses[0]] }, "error setting interface \"eth1\" IP to 172.30.0.2/16: RTM_NEWADDR"),
            (good with { Mtu = 70_000 }, "pair interfaces: RTM_NEWLINK"),
        })
        {
            NetworkingException failure = Assert.Throws<NetworkingException>(() => In(_host.Host, () => _host.Joiner.Join(a.Handle, [good, bad], [])));
            Assert.StartsWith("failed to create endpoint db on network net172.30.0.0: ", failure.Message, StringComparison.Ordinal);
            Assert.Contains(words, failure.Message, StringComparison.Ordinal);
            Assert.Equal(links, _host.LinksOf(_host.Host)); // the good one too
            a.AssertEmpty();
        }
    }

    [Fact]
    public void With_its_last_process_a_sandbox_and_our_end_of_it_are_gone()
    {
        BridgeNetwork network = _host.Make(Network(30));
        using Process sleeper = Process.Start("unshare", ["--net", "sleep", "60"]);
        JoinedEndpoint joined;
        try
        {
            WaitFor(() => Shell(_host.Host, $"cat /proc/{sleeper.Id}/comm") == "sleep\n");
            using SafeFileHandle space = SandboxJoin.OpenSpace(sleeper.Id);
            joined = In(_host.Host, () => _host.Joiner.Join(space, [_host.Endpoint(network, 2)], []))[0];
            AssertStatistics(space);
            Assert.NotNull(_host.Host.Route.TryFindLink(joined.HostName!));
        }
        finally
        {
            sleeper.Kill();
            sleeper.WaitForExit();
        }

        WaitFor(() => _host.Host.Route.TryFindLink(joined.HostName!) is null);
        In(_host.Host, () => _host.Joiner.Leave(null, joined, []));
        Assert.Equal(
            $"the network namespace of process {sleeper.Id} is gone: the container has ended",
            Assert.Throws<NetworkingException>(() => SandboxJoin.OpenSpace(sleeper.Id)).Message);
    }

    [Fact]
    public void Without_endpoints_a_sandbox_has_its_loopback()
    {
        NetworkSpace a = _host.Space();
        Assert.Empty(In(_host.Host, () => _host.Joiner.Join(a.Handle, [], [])));
        _host.Serve(a, "a", 80);
        AssertAnswer("a saw 127.0.0.1", a, "127.0.0.1", 80);
        a.AssertEmpty();
    }

    private void AssertStatistics(SafeFileHandle space)
    {
        AssertAnswer("nobody", _host.Host, "172.30.0.2", 80); // refused, so it was there
        SandboxStatistics eth0 = Assert.Single(SandboxStatistics.Read(space));
        Assert.Equal("eth0", eth0.InterfaceName);
        Assert.True(eth0.Counts.ReceivedPackets > 0 && eth0.Counts.SentBytes > 0);
    }

    private static void WaitFor(Func<bool> happens)
    {
        Stopwatch time = Stopwatch.StartNew();
        while (!happens())
        {
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(10), "it does not happen");
            Thread.Yield();
        }
    }

    private static string[] Gateways(NetworkSpace space)
        => [.. space.Route.Routes(AddressFamily.Unspecified).Where(route => route.IsDefault).Select(route => route.Gateway!.ToString())];
}
