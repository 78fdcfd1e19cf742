using System.Net;
using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Networking;

/// <summary>
/// The two sockets inside a sandbox at which its names are asked for: 127.0.0.11, at ports that the kernel chose, to which that
/// address's port 53 leads. Who holds them (the keeper) holds the namespace too, and must let go when its container ends.
/// </summary>
public sealed class ResolverSockets : IDisposable
{
    /// <summary>Questions over TCP are rare: answers that do not fit into a datagram.</summary>
    private const int Backlog = 64;

    private ResolverSockets(Socket udp, Socket tcp) => (Udp, Tcp) = (udp, tcp);

    public Socket Udp { get; }

    /// <summary>Listening.</summary>
    public Socket Tcp { get; }

    /// <summary>Before the container's first process runs, or in a running one.</summary>
    /// <exception cref="NetworkingException">With the step.</exception>
    public static ResolverSockets Open(SafeFileHandle sandbox)
    {
        using (RouteSocket route = RouteSocket.OpenIn(sandbox))
        {
            route.SetUp(route.IndexOf("lo")); // 127.0.0.0/8 is nobody's address before
        }

        ResolverSockets sockets = Bind(sandbox);
        try
        {
            NetworkingException.Step("failed to lead names to the resolver", () => ResolverRedirect.Install(sandbox, PortOf(sockets.Udp), PortOf(sockets.Tcp)));
            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Udp.Dispose();
        Tcp.Dispose();
    }

    /// <summary>A socket belongs to the namespace that its maker was in, whoever uses it later.</summary>
    private static ResolverSockets Bind(SafeFileHandle sandbox)
    {
        using var visit = new NamespaceVisit();
        visit.Join(sandbox, NamespaceKinds.Network);
        Socket? udp = null, tcp = null;
        try
        {
            var any = new IPEndPoint(ResolverRedirect.Resolver, 0);
            udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(any);
            tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(any);
            tcp.Listen(Backlog);
            return new ResolverSockets(udp, tcp);
        }
        catch (SocketException refused)
        {
            udp?.Dispose();
            tcp?.Dispose();
            throw new NetworkingException("failed to open the resolver's sockets", refused);
        }
    }

    private static ushort PortOf(Socket socket) => (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
}
