using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Linux;
using Coracle.RootTests.Linux;

namespace Coracle.RootTests.Networking;

/// <summary>
/// Three kinds of namespaces: outside, a host with its wire to it and three bridges, and containers. Whoever answers in them says who he
/// is and whom he saw.
/// <code>
/// outside 192.0.2.1 ── eth0 192.0.2.2 host ─ br1  172.30.0.1 ─ a .2, b .3
///         fd01::1             fd01::2      ─ br2  172.31.0.1 ─ c .2
///                                          ─ int0 172.29.0.1 ─ d .2, e .3
/// </code>
/// Outside knows the way to every subnet, so that what it cannot reach was kept from it.
/// </summary>
internal sealed class Neighbourhood : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>For what is not expected to be answered.</summary>
    private static readonly TimeSpan _impatience = TimeSpan.FromMilliseconds(350);

    private readonly List<NetworkSpace> _spaces = [];
    private readonly List<Socket> _servers = [];

    /// <param name="bridgesAreFiltered">As with br_netfilter: frames within a bridge go through the rules for IP packets.</param>
    public Neighbourhood(bool bridgesAreFiltered = false)
    {
        Outside = Space();
        Host = Space();
        (A, B, C, D, E) = (Space(), Space(), Space(), Space(), Space());
        Shell(Host, $"""
            sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
            [ -e /proc/sys/net/bridge ] || modprobe -q br_netfilter || true
            for s in iptables ip6tables; do [ ! -e /proc/sys/net/bridge ] || sysctl -qw net.bridge.bridge-nf-call-$s={(bridgesAreFiltered ? 1 : 0)}; done
            ip link set lo up
            ip link add eth0 type veth peer name eth0 netns {Path(Outside)}
            ip addr add 192.0.2.2/24 dev eth0 && ip -6 addr add fd01::2/64 dev eth0 nodad && ip link set eth0 up
            """);
        Bridge("br1", "172.30.0.1/16", "fd30::1/64");
        Bridge("br2", "172.31.0.1/16", "fd31::1/64");
        Bridge("int0", "172.29.0.1/16", "fd29::1/64");
        Shell(Outside, """
            sysctl -qw net.ipv6.conf.all.accept_dad=0
            ip link set lo up
            ip addr add 192.0.2.1/24 dev eth0 && ip -6 addr add fd01::1/64 dev eth0 nodad && ip link set eth0 up
            for n in 29 30 31; do ip route add 172.$n.0.0/16 via 192.0.2.2 && ip -6 route add fd$n::/64 via fd01::2; done
            """);
        Container(A, "a", "br1", "172.30.0.", "fd30::", 2);
        Container(B, "b", "br1", "172.30.0.", "fd30::", 3);
        Container(C, "c", "br2", "172.31.0.", "fd31::", 2);
        Container(D, "d", "int0", "172.29.0.", "fd29::", 2);
        Container(E, "e", "int0", "172.29.0.", "fd29::", 3);
        Serve(Outside, "outside", 7000);
    }

    public NetworkSpace Outside { get; }

    public NetworkSpace Host { get; }

    public NetworkSpace A { get; }

    public NetworkSpace B { get; }

    public NetworkSpace C { get; }

    public NetworkSpace D { get; }

    public NetworkSpace E { get; }

    /// <summary>On a thread that is in there.</summary>
    public static T In<T>(NetworkSpace space, Func<T> action)
    {
        using var visit = new NamespaceVisit();
        visit.Join(space.Handle, NamespaceKinds.Network);
        return action();
    }

    public static void In(NetworkSpace space, Action action) => In(space, () =>
    {
        action();
        return true;
    });

    /// <summary>It must succeed, and what it says comes back.</summary>
    public static string Shell(NetworkSpace space, string script)
    {
        var start = new ProcessStartInfo("nsenter", [$"--net={Path(space)}", "sh", "-ec", "exec 2>&1\n" + script]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{script}\n{output}");
        return output;
    }

    public static string Path(NetworkSpace space) => $"/proc/{Environment.ProcessId}/fd/{space.Handle.DangerousGetHandle()}";

    /// <summary>TCP and UDP at one port, both families: answers with its name and the address that it was asked from.</summary>
    public void Serve(NetworkSpace space, string name, int port, IPAddress? address = null)
    {
        IPAddress at = address ?? IPAddress.IPv6Any;
        (Socket tcp, Socket udp) = In(space, () => (new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp), new Socket(at.AddressFamily, SocketType.Dgram, ProtocolType.Udp)));
        _servers.AddRange([tcp, udp]);
        foreach (Socket socket in new[] { tcp, udp })
        {
            if (at.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(at, port));
        }

        tcp.Listen();
        _ = Task.Run(() => AnswerAsync(tcp, name));
        _ = Task.Run(() => EchoAsync(udp, name, at.AddressFamily));
    }

    /// <summary>Keeps a connection open: what is written there comes back.</summary>
    public void ServeEcho(NetworkSpace space, int port)
    {
        Socket tcp = In(space, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        _servers.Add(tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Any, port));
        tcp.Listen();
        _ = Task.Run(async () =>
        {
            using Socket one = await tcp.AcceptAsync();
            byte[] buffer = new byte[64];
            for (int count; (count = await one.ReceiveAsync(buffer)) > 0;)
            {
                await one.SendAsync(buffer.AsMemory(0, count));
            }
        });
    }

    /// <returns>"a saw 192.0.2.1", or "nobody".</returns>
    public static string Ask(NetworkSpace from, string address, int port, bool udp = false, bool isExpected = true)
    {
        var target = new IPEndPoint(IPAddress.Parse(address), port);
        using Socket socket = In(from, () => udp
            ? new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var deadline = new CancellationTokenSource(isExpected ? _patience : _impatience);
        byte[] buffer = new byte[256];
        try
        {
            socket.ConnectAsync(target, deadline.Token).AsTask().GetAwaiter().GetResult();
            if (udp)
            {
                socket.Send("?"u8);
            }

            int count = socket.ReceiveAsync(buffer, deadline.Token).AsTask().GetAwaiter().GetResult();
            return Encoding.UTF8.GetString(buffer, 0, count);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return "nobody";
        }
    }

    public static void AssertAnswer(string expected, NetworkSpace from, string address, int port, bool udp = false)
        => Assert.Equal($"{address}:{port} {expected}", $"{address}:{port} {Ask(from, address, port, udp, isExpected: expected != "nobody")}");

    public void Dispose()
    {
        _servers.ForEach(server => server.Dispose());
        _spaces.ForEach(space => space.Dispose());
    }

    private NetworkSpace Space()
    {
        var space = NetworkSpace.Create();
        _spaces.Add(space);
        return space;
    }

    private void Bridge(string name, string four, string six) => Shell(Host, $"""
        ip link add {name} type bridge
        ip addr add {four} dev {name} && ip -6 addr add {six} dev {name} nodad && ip link set {name} up
        """);

    private void Container(NetworkSpace space, string name, string bridge, string four, string six, int number)
    {
        Shell(Host, $"ip link add v{name} type veth peer name eth0 netns {Path(space)} && ip link set v{name} master {bridge} up");
        Shell(space, $"""
            sysctl -qw net.ipv6.conf.all.accept_dad=0
            ip link set lo up
            ip addr add {four}{number}/16 dev eth0 && ip -6 addr add {six}{number}/64 dev eth0 nodad && ip link set eth0 up
            ip route add default via {four}1 && ip -6 route add default via {six}1
            """);
        Serve(space, name, 80);
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

    private static async Task EchoAsync(Socket socket, string name, AddressFamily family)
    {
        byte[] buffer = new byte[64];
        try
        {
            while (true)
            {
                SocketReceiveFromResult asked = await socket.ReceiveFromAsync(buffer, new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
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
