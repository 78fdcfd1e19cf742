using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Linux;
using Coracle.Networking;
using Coracle.RootTests.Linux;
using static Coracle.RootTests.Networking.BridgedHost;
using static Coracle.RootTests.Networking.Neighbourhood;
using TransportProtocol = Coracle.Networking.TransportProtocol;

namespace Coracle.RootTests.Networking;

/// <summary>Parents, leftovers, the resolver's sockets, flows that outlive their container.</summary>
[Trait("Needs", "root")]
public sealed class NetworkPartsTests : IDisposable
{
    private readonly BridgedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_macvlan_is_a_station_of_its_own_on_the_wire()
    {
        NetworkSpace a = _host.Space();
        var parents = new ParentDriver(_host.Warnings.Add);
        ParentNetwork network = new(Id(40), "eth0");
        In(_host.Host, () => parents.Ensure(network));
        Endpoint endpoint = new("e1", network.Id, new MacvlanLink("eth0"))
        {
            Mac = NetworkSpace.Mac("02:42:ac:00:00:07"),
            Addresses = [new(IPAddress.Parse("192.0.2.7"), 24)],
            GatewayIPv4 = IPAddress.Parse("192.0.2.1"),
        };
        JoinedEndpoint joined = _host.Join(a, endpoint);
        Assert.Equal(("eth0", null), (joined.InterfaceName, joined.HostName));
        AssertAnswer("outside saw 192.0.2.7", a, "192.0.2.1", 80);
        _host.Leave(a, joined);
        a.AssertEmpty();
        In(_host.Host, () => parents.Remove(network, []));
        Assert.Equal(["eth0", "lo"], _host.LinksOf(_host.Host)); // the owner's parent stays

        int steps = Refusals.AtEach(
            opener => In(_host.Host, () => new SandboxJoin(_host.Warnings.Add) { Opener = opener }.Join(a.Handle, [endpoint], [])),
            _ => a.AssertEmpty());
        Assert.Equal(6, steps); // lo, link, its name, address, up, default route
    }

    [Fact]
    public void An_ipvlan_and_a_made_parent_are_there_or_refused_in_the_kernels_words()
    {
        NetworkSpace a = _host.Space();
        Endpoint ipvlan = new("e1", Id(40), new IpvlanLink("eth0", IpvlanMode.L3))
        {
            Addresses = [new(IPAddress.Parse("192.0.2.7"), 24)],
            ReachesAllOnLink = true,
        };
        if (Try(() => _host.Joiner.Join(a.Handle, [ipvlan], [])))
        {
            Assert.True(Assert.Single(a.Route.Routes(AddressFamily.InterNetwork), route => route.IsDefault).Gateway is null);
        }

        var parents = new ParentDriver(_host.Warnings.Add);
        foreach (ParentNetwork network in new[] { new ParentNetwork(Id(41), "eth0.10"), new ParentNetwork(Id(42), "dm-002a002a002a", LeadsNowhere: true) })
        {
            if (Try(() => parents.Ensure(network)))
            {
                In(_host.Host, () => parents.Ensure(network));
                Assert.True(_host.Host.Route.TryFindLink(network.Link)!.IsUp);
                In(_host.Host, () => parents.Remove(network, [network with { Id = Id(43) }]));
                Assert.NotNull(_host.Host.Route.TryFindLink(network.Link));
                In(_host.Host, () => parents.Remove(network, []));
            }

            Assert.Equal(["eth0", "lo"], _host.LinksOf(_host.Host));
        }
    }

    [Theory]
    [InlineData("lo", "loopback interface is not a valid macvlan parent link")]
    [InlineData("eth7", "invalid subinterface vlan name eth7, example formatting is eth0.10")]
    [InlineData("eth7.10", "failed to find master interface eth7 on the host: RTM_GETLINK eth7: ENODEV (no such device)")]
    [InlineData("a/b", "invalid parent interface name: a/b")]
    public void What_cannot_be_a_parent_is_refused(string link, string words)
        => Assert.Equal(words, Assert.Throws<NetworkingException>(
            () => In(_host.Host, () => new ParentDriver(_host.Warnings.Add).Ensure(new ParentNetwork(Id(41), link)))).Message);

    [Fact]
    public void What_a_killed_engine_left_is_removed_and_what_runs_is_found()
    {
        BridgeNetwork wanted = _host.Make(Network(30)), gone = _host.Make(Network(31));
        NetworkSpace a = _host.Space(), b = _host.Space();
        JoinedEndpoint lives = _host.Join(a, _host.Endpoint(wanted, 2)), stale = _host.Join(b, _host.Endpoint(wanted, 3)), orphan = _host.Join(b, _host.Endpoint(gone, 3));
        Shell(_host.Host, $"""
            ip link add veth00000aa type veth peer name x0 && ip link set veth00000aa master {wanted.Bridge}
            ip link add veth00000bb type veth peer name x1 && ip link set veth00000bb alias mine master {wanted.Bridge}
            ip link add docker0 type bridge
            """);
        SweptLinks swept = In(_host.Host, () => NetworkLeftovers.Sweep(
            new(new HashSet<string> { wanted.Id }, new HashSet<string> { lives.Endpoint.Id }, new HashSet<string>())));
        LivingEndpoint found = Assert.Single(swept.Living);
        Assert.Equal((lives.HostName, lives.Endpoint.Id, a.Route.IndexOf("eth0")), (found.HostName, found.Mark.Endpoint, found.PeerIndex));
        Assert.Equal(new[] { gone.Bridge, stale.HostName, orphan.HostName, "veth00000aa" }.Order(), swept.Removed.Order());
        Assert.Equal(new[] { "docker0", "eth0", "lo", "veth00000bb", "x1", wanted.Bridge, lives.HostName }.Order(StringComparer.Ordinal), _host.LinksOf(_host.Host));
        b.AssertEmpty();
    }

    [Fact]
    public async Task The_resolvers_sockets_are_asked_at_port_53_of_their_sandbox()
    {
        NetworkSpace a = _host.Space();
        using ResolverSockets sockets = ResolverSockets.Open(a.Handle);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using Socket client = In(a, () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        var resolver = new IPEndPoint(ResolverRedirect.Resolver, 53);
        byte[] buffer = new byte[16];
        await client.SendToAsync("name?"u8.ToArray(), resolver, deadline.Token);
        SocketReceiveFromResult question = await sockets.Udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), deadline.Token);
        Assert.Equal("name?", Encoding.UTF8.GetString(buffer, 0, question.ReceivedBytes));
        using Socket stream = In(a, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await stream.ConnectAsync(resolver, deadline.Token);
        using Socket accepted = await sockets.Tcp.AcceptAsync(deadline.Token);
        Assert.Equal(["lo"], _host.LinksOf(a));
    }

    /// <summary>A client that does not stop sending would reach the address of the container before for ever.</summary>
    [Fact]
    public void A_flow_of_datagrams_follows_its_port_to_the_next_container()
    {
        BridgeNetwork network = _host.Make(Network(30));
        NetworkSpace a = _host.Container("a", network, 2);
        _host.Container("b", network, 3);
        PublishedPort first = new(TransportProtocol.Udp, IPAddress.Any, 5353, IPAddress.Parse("172.30.0.2"), 80);
        PublishedPort second = first with { ContainerAddress = IPAddress.Parse("172.30.0.3") };
        In(_host.Host, () => _host.Wall.Publish([first]));
        using Socket client = In(_host.Outside, () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        client.ReceiveTimeout = 10_000;
        client.Connect(new IPEndPoint(IPAddress.Parse("192.0.2.2"), 5353));
        Assert.Equal("a saw 192.0.2.1", Asked(client));
        In(_host.Host, () =>
        {
            _host.Wall.Withdraw([first]);
            _host.Wall.Publish([second]);
        });
        Assert.Equal("a saw 192.0.2.1", Asked(client)); // the very fault
        Assert.Equal(1, In(_host.Host, () => StaleFlows.Forget(second)));
        Assert.Equal("b saw 192.0.2.1", Asked(client));
        Assert.Equal(1, In(_host.Host, () => StaleFlows.Forget(second.ContainerAddress)));
        Assert.Equal(0, In(_host.Host, () => StaleFlows.Forget(first with { Protocol = TransportProtocol.Tcp })));
        GC.KeepAlive(a);
    }

    private static string Asked(Socket client)
    {
        byte[] buffer = new byte[64];
        client.Send("?"u8);
        return Encoding.UTF8.GetString(buffer, 0, client.Receive(buffer));
    }

    /// <returns>False when this kernel has no such kind of interface, and says so.</returns>
    private bool Try(Action verb)
    {
        NetworkingException? refused = (NetworkingException?)Record.Exception(() => In(_host.Host, verb));
        if (refused is null)
        {
            return true;
        }

        Assert.Equal(Errno.EOPNOTSUPP, refused.Errno);
        Assert.EndsWith("Unknown device type", refused.Message, StringComparison.Ordinal);
        return false;
    }
}
