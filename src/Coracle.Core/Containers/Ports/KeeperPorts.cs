using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>Ports of the host as the keeper holds them for one container.</summary>
/// <param name="container">Its id.</param>
/// <param name="options">Whether the kernel translates, and whether what it cannot is spliced (<c>--userland-proxy</c>).</param>
public sealed class KeeperPorts(IKeeper keeper, string container, NetworkOptions options) : IHostPorts
{
    public async Task<HostPortRefusal?> HoldAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken)
    {
        List<PortMapping> held = [];
        try
        {
            foreach (PortMapping port in ports)
            {
                await keeper.HoldAsync(container, HoldOf(port), cancellationToken);
                held.Add(port);
            }

            return null;
        }
        catch (LinuxException refused)
        {
            await LetGoAsync(held, CancellationToken.None);
            return new HostPortRefusal(ports[held.Count], refused.Errno);
        }
        catch
        {
            await LetGoAsync(held, CancellationToken.None);
            throw;
        }
    }

    public async Task LetGoAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken)
    {
        foreach (PortMapping port in ports)
        {
            await keeper.ReleasePortAsync(container, HoldOf(port), cancellationToken);
        }
    }

    /// <summary>From here on they outlive the engine, and go with this process.</summary>
    public Task AttendAsync(int pid, CancellationToken cancellationToken) => keeper.AttendAsync(container, pid, cancellationToken);

    /// <summary>Them and all else that the keeper holds for the container.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => keeper.ReleaseAsync(container, cancellationToken);

    /// <summary>Start-up: the container runs and has these, but the keeper may have been lost with the engine.</summary>
    /// <param name="held">What it holds for the container.</param>
    /// <returns>Those that another program has taken meanwhile.</returns>
    public async Task<IReadOnlyList<HostPortRefusal>> RecoverAsync(
        IReadOnlyList<PortMapping> ports, IReadOnlyList<PortHold> held, int pid, CancellationToken cancellationToken)
    {
        List<HostPortRefusal> refusals = [];
        List<PortMapping> missing = [.. ports.Where(port => !held.Any(HoldOf(port).IsSamePort))];
        foreach (PortMapping port in missing)
        {
            try
            {
                await keeper.HoldAsync(container, HoldOf(port), cancellationToken);
            }
            catch (LinuxException refused)
            {
                refusals.Add(new HostPortRefusal(port, refused.Errno));
            }
        }

        if (missing.Count > refusals.Count)
        {
            await AttendAsync(pid, cancellationToken);
        }

        return refusals;
    }

    internal PortHold HoldOf(PortMapping port) => new(
        ProtocolOf(port.Protocol),
        InternetEndpoint.From(port.HostAddress.GetAddressBytes(), port.HostPort),
        IsSpliced(port) ? InternetEndpoint.From(port.ContainerAddress.GetAddressBytes(), port.ContainerPort) : default);

    /// <summary>
    /// From IPv4 to IPv4 the kernel leads: what comes to the socket all the same is turned away, or a port of 127.0.0.1 would answer a
    /// container's bridge for as long as somebody has flushed our rules. IPv6 has [::1], which the kernel cannot translate, clients of containers
    /// without IPv6, and kernels without NAT for it.
    /// </summary>
    private bool IsSpliced(PortMapping port)
    {
        bool isTranslated = AddressText.IsIPv4(port.HostAddress) && AddressText.IsIPv4(port.ContainerAddress) && options.IpTables;
        return options.UserlandProxy && !isTranslated;
    }

    private static TransportProtocol ProtocolOf(PortProtocol protocol) => protocol switch
    {
        PortProtocol.Udp => TransportProtocol.Udp,
        PortProtocol.Sctp => TransportProtocol.Sctp,
        _ => TransportProtocol.Tcp,
    };
}
