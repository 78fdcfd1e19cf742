using System.Net;
using System.Net.Sockets;
using Coracle.Networking;
using Coracle.RootTests.Linux;
using static Coracle.RootTests.Networking.Neighbourhood;

namespace Coracle.RootTests.Networking;

/// <summary>Who reaches whom, by nf_tables and by iptables alike.</summary>
public abstract class FirewallCases : IDisposable
{
    internal static readonly NetworkRules One = new("one", "br1") { IPv4 = IPNetwork.Parse("172.30.0.0/16"), IPv6 = IPNetwork.Parse("fd30::/64") };
    internal static readonly NetworkRules Two = new("two", "br2") { IPv4 = IPNetwork.Parse("172.31.0.0/16"), IPv6 = IPNetwork.Parse("fd31::/64") };
    internal static readonly NetworkRules Inner = new("inner", "int0") { IPv4 = IPNetwork.Parse("172.29.0.0/16"), IPv6 = IPNetwork.Parse("fd29::/64"), IsInternal = true };

    internal static readonly PublishedPort Web = Tcp("0.0.0.0", 8080, "172.30.0.2");
    internal static readonly PublishedPort Web6 = Tcp("::", 8080, "fd30::2");
    internal static readonly PublishedPort Mine = Tcp("127.0.0.1", 8081, "172.30.0.2");
    internal static readonly PublishedPort Second = Tcp("192.0.2.2", 8082, "172.30.0.3");
    internal static readonly PublishedPort Names = new(TransportProtocol.Udp, IPAddress.Any, 5353, IPAddress.Parse("172.30.0.2"), 80);

    private Neighbourhood? _place;
    private IFirewall? _firewall;

    internal abstract FirewallOptions Options { get; }

    internal Neighbourhood Place => _place ??= new Neighbourhood();

    internal IFirewall Wall => _firewall ??= Open();

    [Fact]
    public void Published_ports_answer_from_everywhere()
    {
        Do(wall => wall.Reconcile(new([One, Two, Inner], [Web, Web6, Mine, Second, Names])));
        AllowLocalnet();

        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 8080);
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 5353, udp: true);
        AssertAnswer("b saw 192.0.2.1", Place.Outside, "192.0.2.2", 8082);
        AssertAnswer("a saw fd01::1", Place.Outside, "fd01::2", 8080);

        AssertAnswer("a saw 172.30.0.1", Place.Host, "127.0.0.1", 8080);
        AssertAnswer("a saw 172.30.0.1", Place.Host, "127.0.0.1", 8081);
        AssertAnswer("a saw 172.30.0.1", Place.Host, "127.0.0.1", 5353, udp: true);
        AssertAnswer("a saw 192.0.2.2", Place.Host, "192.0.2.2", 8080);
        AssertAnswer("a saw fd01::2", Place.Host, "fd01::2", 8080);

        AssertAnswer("a saw 172.30.0.1", Place.A, "192.0.2.2", 8080); // itself
        AssertAnswer("a saw 172.30.0.1", Place.A, "172.30.0.1", 8080);
        AssertAnswer("a saw fd30::1", Place.A, "fd01::2", 8080);
        AssertAnswer("a saw 172.30.0.1", Place.B, "192.0.2.2", 8080); // a neighbour
        AssertAnswer("a saw 172.30.0.1", Place.B, "192.0.2.2", 5353, udp: true);
        AssertAnswer("a saw 172.30.0.1", Place.C, "192.0.2.2", 8080); // of another network
    }

    [Fact]
    public void What_is_not_published_is_for_neighbours_and_the_host_alone()
    {
        Do(wall => wall.Reconcile(new([One, Two, Inner], [Web, Mine, Second])));
        AllowLocalnet();

        AssertAnswer("nobody", Place.Outside, "172.30.0.2", 80); // published, and not under this address
        AssertAnswer("nobody", Place.Outside, "fd30::2", 80);
        AssertAnswer("nobody", Place.Outside, "192.0.2.2", 8081);
        AssertAnswer("nobody", Place.Outside, "192.0.2.2", 8083);
        AssertAnswer("nobody", Place.C, "172.30.0.2", 80);
        AssertAnswer("nobody", Place.A, "172.31.0.2", 80);
        AssertAnswer("nobody", Place.A, "fd31::2", 80);
        AssertAnswer("nobody", Place.C, "192.0.2.2", 8081);
        AssertAnswer("nobody", Place.Host, "127.0.0.1", 8082);

        AssertAnswer("a saw 172.30.0.3", Place.B, "172.30.0.2", 80);
        AssertAnswer("a saw fd30::3", Place.B, "fd30::2", 80);
        AssertAnswer("a saw 172.30.0.1", Place.Host, "172.30.0.2", 80);
    }

    /// <summary>CVE-2025-54388, with a neighbour on the wire that routes 127.0.0.1 to us, and a host whose owner has opened even the wire for it.</summary>
    [Fact]
    public void Nobody_on_the_wire_reaches_127_0_0_1()
    {
        Do(wall => wall.Reconcile(new([One], [Mine, Web])));
        AllowLocalnet();
        Place.Serve(Place.Host, "host", 8090, IPAddress.Loopback);
        Shell(Place.Host, "sysctl -qw net.ipv4.conf.eth0.route_localnet=1 net.ipv4.conf.br1.rp_filter=0 net.ipv4.conf.all.rp_filter=0");
        foreach (NetworkSpace evil in new[] { Place.Outside, Place.A })
        {
            Shell(evil, $"""
                sysctl -qw net.ipv4.conf.eth0.route_localnet=1
                ip link set lo down && ip addr flush dev lo
                ip route add 127.0.0.1 via {(evil == Place.A ? "172.30.0.1" : "192.0.2.2")}
                """);
            AssertAnswer("nobody", evil, "127.0.0.1", 8081);
            AssertAnswer("nobody", evil, "127.0.0.1", 8080);
            AssertAnswer("nobody", evil, "127.0.0.1", 8090);
        }

        AssertAnswer("host saw 127.0.0.1", Place.Host, "127.0.0.1", 8090);
        AssertAnswer("a saw 172.30.0.1", Place.Host, "127.0.0.1", 8081);
    }

    [Fact]
    public void Containers_go_out_under_the_hosts_address()
    {
        Shell(Place.Host, "ip addr add 192.0.2.3/24 dev eth0");
        Do(wall => wall.Reconcile(new([One, Two with { SourceIPv4 = IPAddress.Parse("192.0.2.3") }], [])));
        AssertAnswer("outside saw 192.0.2.2", Place.A, "192.0.2.1", 7000);
        AssertAnswer("outside saw 192.0.2.2", Place.A, "192.0.2.1", 7000, udp: true);
        AssertAnswer("outside saw fd01::2", Place.A, "fd01::1", 7000);
        AssertAnswer("outside saw 192.0.2.3", Place.C, "192.0.2.1", 7000);

        Do(wall => wall.Reconcile(new([One with { Masquerades = false }, Two], [])));
        AssertAnswer("outside saw 172.30.0.2", Place.A, "192.0.2.1", 7000);
        AssertAnswer("outside saw 192.0.2.2", Place.C, "192.0.2.1", 7000);
    }

    [Fact]
    public void An_internal_network_has_no_way_in_or_out()
    {
        Do(wall => wall.Reconcile(new([One, Inner], [Web])));
        AssertAnswer("e saw 172.29.0.2", Place.D, "172.29.0.3", 80);
        AssertAnswer("e saw fd29::2", Place.D, "fd29::3", 80);
        AssertAnswer("d saw 172.29.0.1", Place.Host, "172.29.0.2", 80);
        AssertAnswer("nobody", Place.D, "192.0.2.1", 7000);
        AssertAnswer("nobody", Place.D, "fd01::1", 7000);
        AssertAnswer("nobody", Place.D, "172.30.0.2", 80);
        AssertAnswer("nobody", Place.D, "192.0.2.2", 8080);
        AssertAnswer("nobody", Place.Outside, "172.29.0.2", 80);
        AssertAnswer("nobody", Place.A, "172.29.0.2", 80);
    }

    /// <summary>Port isolation keeps frames apart, and the rules what goes by way of the host; published ports are for neighbours as for anybody.</summary>
    [Fact]
    public void Neighbours_that_are_kept_apart_meet_at_published_ports_only()
    {
        Do(wall => wall.Reconcile(new([One with { KeepsNeighboursApart = true }, Two], [Second])));
        Shell(Place.Host, "for v in va vb; do bridge link set dev $v isolated on; done; sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.br1.send_redirects=0");
        AssertAnswer("nobody", Place.A, "172.30.0.3", 80);
        AssertAnswer("nobody", Place.A, "fd30::3", 80);
        Shell(Place.A, "ip route add 172.30.0.3 via 172.30.0.1");
        Shell(Place.B, "ip route add 172.30.0.2 via 172.30.0.1");
        AssertAnswer("nobody", Place.A, "172.30.0.3", 80);
        AssertAnswer("b saw 172.30.0.1", Place.A, "192.0.2.2", 8082);
        AssertAnswer("outside saw 192.0.2.2", Place.A, "192.0.2.1", 7000);
        AssertAnswer("b saw 172.30.0.1", Place.Host, "172.30.0.3", 80);
    }

    [Fact]
    public void A_routed_network_is_reached_at_its_own_addresses_where_published()
    {
        NetworkRules routed = One with { ModeIPv4 = GatewayMode.Routed, ModeIPv6 = GatewayMode.Routed };
        Do(wall => wall.Reconcile(new([routed, Two], [Tcp("0.0.0.0", 0, "172.30.0.2"), Tcp("::", 0, "fd30::2")])));
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "172.30.0.2", 80);
        AssertAnswer("a saw fd01::1", Place.Outside, "fd30::2", 80);
        AssertAnswer("nobody", Place.Outside, "172.30.0.3", 80);
        AssertAnswer("nobody", Place.Outside, "172.30.0.2", 80, udp: true);
        AssertAnswer("outside saw 172.30.0.2", Place.A, "192.0.2.1", 7000);

        Do(wall => wall.Reconcile(new([One with { ModeIPv4 = GatewayMode.NatUnprotected }, Two], [])));
        AssertAnswer("b saw 192.0.2.1", Place.Outside, "172.30.0.3", 80);
        AssertAnswer("nobody", Place.C, "172.30.0.3", 80);
        AssertAnswer("nobody", Place.Outside, "fd30::3", 80);
        AssertAnswer("outside saw 192.0.2.2", Place.A, "192.0.2.1", 7000);
    }

    [Fact]
    public void What_comes_one_by_one_goes_one_by_one()
    {
        Do(wall => wall.AddNetwork(One));
        Do(wall => wall.AddNetwork(Two));
        Do(wall => wall.Publish([Web, Mine]));
        Do(wall => wall.Publish([Web, Names])); // twice
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 8080);
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 5353, udp: true);
        AssertAnswer("outside saw 192.0.2.2", Place.C, "192.0.2.1", 7000);
        Assert.True(Get(wall => wall.IsIntact()));

        Do(wall => wall.Withdraw([Web, Second]));
        Do(wall => wall.RemoveNetwork("two"));
        Do(wall => wall.RemoveNetwork("two"));
        AssertAnswer("nobody", Place.Outside, "192.0.2.2", 8080);
        AssertAnswer("outside saw 172.31.0.2", Place.C, "192.0.2.1", 7000); // ours no more: as the host's owner has it
        AssertAnswer("outside saw 192.0.2.2", Place.A, "192.0.2.1", 7000);
        Assert.True(Get(wall => wall.IsIntact()));
    }

    [Fact]
    public async Task A_connection_outlives_every_change()
    {
        Place.ServeEcho(Place.A, 81);
        PublishedPort echo = Web with { HostPort = 8181, ContainerPort = 81 };
        FirewallState state = new([One, Two], [echo]);
        Do(wall => wall.Reconcile(state));
        using Socket socket = In(Place.Outside, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await socket.ConnectAsync("192.0.2.2", 8181);
        await AssertEchoAsync(socket);
        Do(wall => wall.Reconcile(state));
        await AssertEchoAsync(socket);
        Do(wall => wall.Publish([Mine]));
        Do(wall => wall.RemoveNetwork("two"));
        await AssertEchoAsync(socket);
    }

    public void Dispose()
    {
        if (_firewall is not null)
        {
            Do(wall => wall.Reconcile(new([], [])));
            _firewall.Dispose();
        }

        _place?.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static PublishedPort Tcp(string host, ushort hostPort, string container, ushort containerPort = 80)
        => new(TransportProtocol.Tcp, IPAddress.Parse(host), hostPort, IPAddress.Parse(container), containerPort);

    internal void Do(Action<IFirewall> verb) => In(Place.Host, () => verb(Wall));

    internal T Get<T>(Func<IFirewall, T> verb) => In(Place.Host, () => verb(Wall));

    /// <summary>As the bridge's maker does, after the network's rules are there.</summary>
    internal void AllowLocalnet() => Shell(Place.Host, "sysctl -qw net.ipv4.conf.br1.route_localnet=1 net.ipv4.conf.br2.route_localnet=1");

    private IFirewall Open() => In(Place.Host, () => Firewall.Open(Options));

    private static async Task AssertEchoAsync(Socket socket)
    {
        byte[] buffer = new byte[16];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await socket.SendAsync("hello"u8.ToArray(), deadline.Token);
        Assert.Equal(5, await socket.ReceiveAsync(buffer, deadline.Token));
    }
}

[Trait("Needs", "root")]
public sealed class IptablesFirewallTests : FirewallCases
{
    internal override FirewallOptions Options => new(WantsIptables: true);
}
