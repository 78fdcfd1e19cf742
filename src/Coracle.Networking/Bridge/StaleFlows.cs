using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>
/// Connections that the kernel would go on leading where a container no longer is. A UDP client that keeps sending keeps its entry alive
/// for ever; TCP ends by itself at the first answer of whoever has the address now.
/// </summary>
/// <remarks>Of the calling thread's network namespace. Each call reads all that the host tracks once.</remarks>
public static class StaleFlows
{
    /// <summary>When a container has gone: its address may be another's next.</summary>
    /// <returns>How many there were; 0 on a kernel that cannot tell.</returns>
    public static int Forget(IPAddress container) => Forget(new ConnectionFilter { Protocol = (int)TransportProtocol.Udp, Address = container });

    /// <summary>
    /// When a port has been published: a flow from before leads to the last container, or to the host itself. Not for TCP, and after the
    /// firewall has its rule, or the next packet would make the old entry anew.
    /// </summary>
    /// <returns>How many there were; 0 on a kernel that cannot tell.</returns>
    public static int Forget(PublishedPort port)
        => port.Protocol != TransportProtocol.Udp || port.HostPort == 0 ? 0 : Forget(new ConnectionFilter
        {
            Protocol = (int)TransportProtocol.Udp,
            Destination = port.IsForEveryAddress ? null : port.HostAddress,
            DestinationPort = port.HostPort,
        });

    private static int Forget(ConnectionFilter filter)
    {
        try
        {
            using ConntrackSocket tracked = ConntrackSocket.Open();
            return tracked.Forget(filter);
        }
        catch (LinuxException missing) when (missing.Errno is Errno.EINVAL or Errno.EPROTONOSUPPORT or Errno.EOPNOTSUPP)
        {
            return 0; // no ctnetlink
        }
    }
}
