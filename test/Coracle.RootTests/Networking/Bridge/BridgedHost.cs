using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Networking;
using Coracle.RootTests.Linux;
using static Coracle.RootTests.Networking.Neighbourhood;

namespace Coracle.RootTests.Networking;

/// <summary>
/// A host whose networks our own verbs make, and a wire to the outside, which knows no way to any container.
/// <code>
/// outside 192.0.2.1 ── eth0 192.0.2.2 host ─ (bridges) ─ containers
///         fd01::1             fd01::2
/// </code>
/// </summary>
internal sealed class BridgedHost : IDisposable
{
    private readonly List<NetworkSpace> _spaces = [];
    private readonly List<Socket> _servers = [];
    private int _endpoints;

    /// <param name="bridgesAreFiltered">As with br_netfilter: frames within a bridge go through the rules for IP packets.</param>
    public BridgedHost(bool bridgesAreFiltered = false)
    {
        (Outside, Host) = (Space(), Space());
        Shell(Host, $"""
            sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
            [ -e /proc/sys/net/bridge ] || modprobe -q br_netfilter || true
            for s in iptables ip6tables; do [ ! -e /proc/sys/net/bridge ] || sysctl -qw net.bridge.bridge-nf-call-$s={(bridgesAreFiltered ? 1 : 0)}; done
            ip link set lo up
            ip link add eth0 type veth peer name eth0 netns {Neighbourhood.Path(Outside)}
            ip addr add 192.0.2.2/24 dev eth0 && ip -6 addr add fd01::2/64 dev eth0 nodad && ip link set eth0 up
            """);
        Shell(Outside, """
            ip link set lo up
            ip addr add 192.0.2.1/24 dev eth0 && ip -6 addr add fd01::1/64 dev eth0 nodad && ip link set eth0 up
            """);
        Serve(Outside, "outside", 80);
        Wall = In(Host, () => Firewall.Open(new FirewallOptions()));
        Driver = new BridgeDriver(Wall, new Forwarding(), Warnings.Add);
        Joiner = new SandboxJoin(Warnings.Add);
    }

    public NetworkSpace Outside { get; }

    public NetworkSpace Host { get; }

    public IFirewall Wall { get; private set; }

    public BridgeDriver Driver { get; private set; }

    public SandboxJoin Joiner { get; }

    public List<string> Warnings { get; } = [];

    public static BridgeNetwork Network(int number) => new(Id(number), LinkNames.BridgeOf(Id(number)))
    {
        IPv4 = new(IPNetwork.Parse($"172.{number}.0.0/16"), IPAddress.Parse($"172.{number}.0.1")),
        IPv6 = new(IPNetwork.Parse($"fd{number}::/64"), IPAddress.Parse($"fd{number}::1")),
    };

    public static string Id(int number) => string.Concat(Enumerable.Repeat($"{number:x4}", 16));

    /// <summary>The host's address number <paramref name="host"/> in both subnets of a network.</summary>
    public Endpoint Endpoint(BridgeNetwork network, int host)
    {
        SandboxAddress? In(BridgeSubnet? subnet)
            => subnet is null ? null : new(IPAddress.Parse(subnet.Subnet.BaseAddress.ToString().Replace(".0.0", $".0.{host}", StringComparison.Ordinal).Replace("::", $"::{host}", StringComparison.Ordinal)), subnet.Subnet.PrefixLength);
        return new Endpoint($"e{++_endpoints}", network.Id, new BridgePort(network.Bridge, IsIsolated: !network.ConnectsNeighbours))
        {
            Name = "db",
            NetworkName = "net" + network.IPv4?.Subnet.BaseAddress,
            Mac = NetworkSpace.Mac($"02:42:ac:00:00:{host:x2}"),
            Addresses = [.. new[] { In(network.IPv4), In(network.IPv6) }.OfType<SandboxAddress>()],
            GatewayIPv4 = network.IsInternal ? null : network.IPv4?.Gateway,
            GatewayIPv6 = network.IsInternal ? null : network.IPv6?.Gateway,
        };
    }

    public BridgeNetwork Make(BridgeNetwork network)
    {
        In(Host, () => Driver.Ensure(network));
        return network;
    }

    public NetworkSpace Space()
    {
        var space = NetworkSpace.Create();
        _spaces.Add(space);
        return space;
    }

    /// <summary>Serves at port 80 and says its name.</summary>
    public NetworkSpace Container(string name, BridgeNetwork network, int host)
    {
        NetworkSpace space = Space();
        Join(space, Endpoint(network, host));
        Serve(space, name, 80);
        return space;
    }

    public JoinedEndpoint Join(NetworkSpace space, Endpoint endpoint, params JoinedEndpoint[] present)
        => Assert.Single(In(Host, () => Joiner.Join(space.Handle, [endpoint], present)));

    public void Leave(NetworkSpace space, JoinedEndpoint joined, params JoinedEndpoint[] remaining)
        => In(Host, () => Joiner.Leave(space.Handle, joined, remaining));

    /// <summary>A new engine: it knows what it reads from its records, and nothing of what is there.</summary>
    public void Restart()
    {
        Wall.Dispose();
        Wall = In(Host, () => Firewall.Open(new FirewallOptions()));
        Driver = new BridgeDriver(Wall, new Forwarding(), Warnings.Add);
        Warnings.Clear();
    }

    public string[] LinksOf(NetworkSpace space) => [.. space.Route.Links().Select(link => link.Name).Order(StringComparer.Ordinal)];

    public string Rules() => Shell(Host, "nft list ruleset");

    /// <summary>TCP and UDP, both families: answers with its name and the address that it was asked from.</summary>
    public void Serve(NetworkSpace space, string name, int port)
    {
        (Socket tcp, Socket udp) = In(space, () => (new Socket(SocketType.Stream, ProtocolType.Tcp), new Socket(SocketType.Dgram, ProtocolType.Udp)));
        _servers.AddRange([tcp, udp]);
        tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        udp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        tcp.Listen();
        _ = Task.Run(() => AnswerAsync(tcp, name));
        _ = Task.Run(() => AnswerDatagramsAsync(udp, name));
    }

    public void Dispose()
    {
        Wall.Dispose();
        _servers.ForEach(server => server.Dispose());
        _spaces.ForEach(space => space.Dispose());
    }

    private static async Task AnswerAsync(Socket listener, string name)
    {
        try
        {
            while (true)
            {
                using Socket one = await listener.AcceptAsync();
                await one.SendAsync(Words(name, one.RemoteEndPoint!));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task AnswerDatagramsAsync(Socket socket, string name)
    {
        byte[] buffer = new byte[64];
        try
        {
            while (true)
            {
                SocketReceiveFromResult asked = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.IPv6Any, 0));
                await socket.SendToAsync(Words(name, asked.RemoteEndPoint), asked.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static byte[] Words(string name, EndPoint peer)
    {
        IPAddress address = ((IPEndPoint)peer).Address;
        return Encoding.UTF8.GetBytes($"{name} saw {(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}");
    }
}
