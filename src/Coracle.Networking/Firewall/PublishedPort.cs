using System.Net;
using System.Net.Sockets;

namespace Coracle.Networking;

/// <summary>By its IP protocol number.</summary>
public enum TransportProtocol : byte
{
    Tcp = 6,
    Udp = 17,
    Sctp = 132,
}

/// <summary>One port of a container that the world may reach.</summary>
/// <param name="HostAddress">0.0.0.0 or :: for every address of the host, each for its own family.</param>
/// <param name="HostPort">0: by the container's own address only, in a network whose gateway mode is routed.</param>
public sealed record PublishedPort(
    TransportProtocol Protocol, IPAddress HostAddress, ushort HostPort, IPAddress ContainerAddress, ushort ContainerPort)
{
    /// <summary>
    /// Whether the kernel can do it. From one family to the other, and from [::1], which has no route_localnet, somebody has to splice.
    /// </summary>
    public bool IsTranslatable
        => HostPort == 0 || (HostAddress.AddressFamily == ContainerAddress.AddressFamily && !HostAddress.Equals(IPAddress.IPv6Loopback));

    internal bool IsIPv6 => ContainerAddress.AddressFamily == AddressFamily.InterNetworkV6;

    internal bool IsForEveryAddress => HostAddress.Equals(IPAddress.Any) || HostAddress.Equals(IPAddress.IPv6Any);
}
