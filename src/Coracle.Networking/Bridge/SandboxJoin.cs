using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Networking;

/// <summary>
/// Puts endpoints into sandboxes and takes them out, before a container's first process runs or while it does. A sandbox is nothing but
/// the network namespace of that process: when the last one in it ends, the kernel takes away the namespace and our end on the host with it.
/// </summary>
/// <remarks>
/// The host's network namespace is the calling thread's. One verb at a time for one sandbox. With no endpoints at all,
/// <see cref="Join"/> is the driver <c>none</c>; <c>host</c> and <c>container:</c> have nothing to be done.
/// </remarks>
/// <param name="warn">Is told what could not be taken back.</param>
public sealed class SandboxJoin(Action<string> warn)
{
    /// <summary>LOOPBACK_IFINDEX of the kernel: the first in every namespace.</summary>
    private static readonly LinkIndex _loopback = new(1);

    internal RouteOpener Opener { get; init; } = BridgeDriver.Open;

    /// <summary>Keeps the namespace while it is open, so that nothing below can find it gone.</summary>
    /// <exception cref="NetworkingException">The process has ended.</exception>
    public static SafeFileHandle OpenSpace(int pid)
    {
        try
        {
            return NamespaceVisit.Open($"/proc/{pid}/ns/net");
        }
        catch (LinuxException gone) when (gone.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            throw new NetworkingException($"the network namespace of process {pid} is gone: the container has ended");
        }
    }

    /// <summary>All of them, or none.</summary>
    /// <param name="present">What the sandbox has already, for the default route.</param>
    /// <returns>Of <paramref name="endpoints"/>, in their order.</returns>
    /// <exception cref="NetworkingException">"failed to create endpoint NAME on network NET: " and the step.</exception>
    public IReadOnlyList<JoinedEndpoint> Join(
        SafeFileHandle sandbox, IReadOnlyList<Endpoint> endpoints, IReadOnlyList<JoinedEndpoint> present)
    {
        using RouteSocket host = Opener(null), inside = Opener(sandbox);
        using var undo = new Undo(warn);
        NetworkingException.Step("failed to set up loopback interface", () => inside.SetUp(_loopback));
        List<JoinedEndpoint> all = [.. present];
        undo.Add(() => LeadOut(inside, all, present));
        foreach (Endpoint endpoint in endpoints)
        {
            Explain(endpoint, () => all.Add(new EndpointMaker(host, inside, sandbox, endpoint, undo).Make()));
        }

        NetworkingException.Step("failed to set gateway", () => LeadOut(inside, present, all));
        undo.Keep();
        return all[present.Count..];
    }

    /// <summary>No failure when it is gone already.</summary>
    /// <param name="sandbox">Null: the container has ended, and its namespace with it.</param>
    /// <param name="remaining">What the sandbox still has, for the default route.</param>
    public void Leave(SafeFileHandle? sandbox, JoinedEndpoint joined, IReadOnlyList<JoinedEndpoint> remaining)
    {
        if (sandbox is not null)
        {
            // First: an engine that is killed behind it leaves a link too many, which the next start takes; killed the other way round it
            // would leave a container without a way out.
            using RouteSocket inside = Opener(sandbox);
            NetworkingException.Step("failed to set gateway", () => LeadOut(inside, [.. remaining, joined], remaining));
            if (joined.HostName is null)
            {
                NetworkingException.Step(
                    $"failed to remove interface {joined.InterfaceName} from the container", () => inside.DeleteLinkIfPresent(joined.InterfaceName));
            }
        }

        if (joined.HostName is { } hostName)
        {
            using RouteSocket host = Opener(null);
            NetworkingException.Step($"failed to remove interface {hostName}", () => RemoveHostEnd(host, hostName, joined.Endpoint));
        }
    }

    /// <summary>
    /// The way out of a sandbox that has lost it, since an engine was killed while it brought an endpoint or took one, and the sweep has taken
    /// the link. A default route that is there stays, whoever set it.
    /// </summary>
    public void RestoreWayOut(SafeFileHandle sandbox, IReadOnlyList<JoinedEndpoint> endpoints)
    {
        using RouteSocket inside = Opener(sandbox);
        foreach (bool isIPv6 in new[] { false, true })
        {
            if (DefaultGateway.Choose(endpoints, isIPv6) is { } chosen
                && !inside.Routes(isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork).Exists(route => route.IsDefault))
            {
                NetworkingException.Step("failed to set gateway", () => inside.ReplaceRoute(
                    DefaultGateway.RouteBy(chosen.Endpoint, inside.IndexOf(chosen.InterfaceName), isIPv6)));
            }
        }
    }

    /// <summary>The name alone is no proof: the endpoint may be long gone and its name another's.</summary>
    private static void RemoveHostEnd(RouteSocket host, string name, Endpoint endpoint)
    {
        if (host.TryFindLink(name) is { } link && LinkMark.TryParse(link.Alias, out LinkMark? mark) && mark.Endpoint == endpoint.Id)
        {
            host.DeleteLinkIfPresent(link.Index);
        }
    }

    /// <summary>Touches a default route only when it goes to another endpoint than before: a container may have set its own.</summary>
    private static void LeadOut(RouteSocket inside, IReadOnlyList<JoinedEndpoint> before, IReadOnlyList<JoinedEndpoint> after)
    {
        foreach (bool isIPv6 in new[] { false, true })
        {
            JoinedEndpoint? old = DefaultGateway.Choose(before, isIPv6), chosen = DefaultGateway.Choose(after, isIPv6);
            if (chosen is not null && chosen.Endpoint.Id != old?.Endpoint.Id)
            {
                inside.ReplaceRoute(DefaultGateway.RouteBy(chosen.Endpoint, inside.IndexOf(chosen.InterfaceName), isIPv6));
            }
        }
    }

    private static void Explain(Endpoint endpoint, Action make)
    {
        try
        {
            make();
        }
        catch (Exception failure) when (failure is LinuxException or NetworkingException)
        {
            throw new NetworkingException($"failed to create endpoint {endpoint.Name} on network {endpoint.NetworkName}", failure);
        }
    }
}
