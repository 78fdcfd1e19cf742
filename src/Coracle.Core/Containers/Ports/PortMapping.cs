using System.Net;

namespace Coracle.Core;

/// <summary>A port of the host that leads to one of a container.</summary>
/// <param name="HostAddress">0.0.0.0 or :: for every address of that family.</param>
/// <param name="ContainerAddress">Of the other family than the host's where only that was there: the kernel cannot translate then.</param>
public sealed record PortMapping(PortProtocol Protocol, IPAddress HostAddress, ushort HostPort, IPAddress ContainerAddress, ushort ContainerPort)
{
    /// <summary>As Docker names it in its errors: <c>0.0.0.0:80:172.17.0.2:80/tcp</c>.</summary>
    public override string ToString()
        => $"{new IPEndPoint(HostAddress, HostPort)}:{new IPEndPoint(ContainerAddress, ContainerPort)}/{Core.ContainerPort.Word(Protocol)}";
}
