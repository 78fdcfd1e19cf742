using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>A macvlan or ipvlan network, as far as the host is concerned: on which interface its endpoints stand.</summary>
/// <param name="Link">The interface below the endpoints: the host's <c>eth0</c>, <c>eth0.10</c>, or a name for <paramref name="LeadsNowhere"/>.</param>
/// <param name="LeadsNowhere">The network names no parent: it stands on an interface of its own (Docker's <c>dm-</c> and <c>di-</c>).</param>
public sealed record ParentNetwork(string Id, string Link, bool LeadsNowhere = false);

/// <summary>
/// The interfaces that macvlan and ipvlan networks stand on. The host's own are used as they are; an 802.1q sub-interface that is not there
/// is made, and goes with its last network. No rule of ours sees what goes over them.
/// </summary>
/// <remarks>The network namespace is the calling thread's.</remarks>
public sealed class ParentDriver(Action<string> warn)
{
    internal RouteOpener Opener { get; init; } = BridgeDriver.Open;

    /// <summary>Makes what is missing. May be said again.</summary>
    /// <exception cref="NetworkingException">In Docker's words; "Unknown device type" where the kernel has no vlan or dummy.</exception>
    public void Ensure(ParentNetwork network)
    {
        using RouteSocket route = Opener(null);
        using var undo = new Undo(warn);
        if (!InterfaceName.IsValid(network.Link))
        {
            throw new NetworkingException($"invalid parent interface name: {network.Link}");
        }

        if (route.TryFindLink(network.Link) is { } found)
        {
            Check(found);
            Resume(route, network, found);
            return;
        }

        Make(route, network, undo);
        undo.Keep();
    }

    /// <param name="others">The networks that stay.</param>
    public void Remove(ParentNetwork network, IEnumerable<ParentNetwork> others)
    {
        using RouteSocket route = Opener(null);
        if (others.Any(other => other.Link == network.Link) || route.TryFindLink(network.Link) is not { } link || !IsOurs(link))
        {
            return;
        }

        NetworkingException.Step($"failed to delete interface {network.Link}", () => route.DeleteLinkIfPresent(link.Index));
    }

    internal static bool IsOurs(NetworkLink link)
        => link.Kind is "vlan" or "dummy" && LinkMark.TryParse(link.Alias, out LinkMark? mark) && mark.Endpoint is null;

    private static void Check(NetworkLink found)
    {
        if (found.IsLoopback)
        {
            throw new NetworkingException("loopback interface is not a valid macvlan parent link");
        }
    }

    private static void Resume(RouteSocket route, ParentNetwork network, NetworkLink found)
    {
        if (IsOurs(found) && !found.IsUp)
        {
            NetworkingException.Step($"failed to enable {network.Link} the macvlan parent link", () => route.SetUp(found.Index));
        }
    }

    private static void Make(RouteSocket route, ParentNetwork network, Undo undo)
    {
        string name = network.Link;
        if (network.LeadsNowhere)
        {
            NetworkingException.Step($"failed to create {name} dummy link", () => route.AddDummy(new(name)));
        }
        else
        {
            (string below, int id) = LinkNames.ParseVlan(name);
            LinkIndex parent = default;
            NetworkingException.Step($"failed to find master interface {below} on the host", () => parent = route.IndexOf(below));
            NetworkingException.Step($"failed to create {name} vlan link", () => route.AddVlan(new(name), parent, id));
        }

        undo.Add(() => route.DeleteLinkIfPresent(name));
        NetworkingException.Step($"failed to enable {name} the macvlan parent link", () =>
        {
            LinkIndex link = route.IndexOf(name);
            route.SetAlias(link, new LinkMark(network.Id, null).ToString());
            route.SetUp(link);
        });
    }
}
