using System.Net;
using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Networking;

/// <param name="space">Null: the calling thread's network namespace.</param>
internal delegate RouteSocket RouteOpener(SafeFileHandle? space);

/// <summary>
/// Bridges of the host. It remembers nothing: a network is brought to the state that is asked for, whatever is there, and so it is made,
/// found again by the next engine and repaired by one verb.
/// </summary>
/// <remarks>
/// The network namespace is the calling thread's, which must be the firewall's. One verb at a time for one network.
/// <para>
/// A crash between two steps leaves a bridge that the next <see cref="Ensure"/> or <see cref="Remove"/> of that network knows by its name or
/// mark: so whoever keeps records writes a network's before its bridge is made, and deletes it after its bridge.
/// </para>
/// <para>A new engine lets the firewall <see cref="IFirewall.Reconcile"/> first: its first network would make the table anew, without ports.</para>
/// </remarks>
/// <param name="firewall">Null: the engine makes no rules (<c>iptables=false</c>), and 127.0.0.1 is never led into a bridge.</param>
/// <param name="warn">Is told what the host's owner should know, once each time it happens.</param>
public sealed class BridgeDriver(IFirewall? firewall, Forwarding forwarding, Action<string> warn)
{
    /// <summary>Docker's: every IPv6 bridge has the same gateway for who looks for a link-local one.</summary>
    private static readonly InterfaceAddress _linkLocal = new(LinkIndex.None, IPAddress.Parse("fe80::1"), 64) { SkipsDetection = true };

    internal RouteOpener Opener { get; init; } = Open;

    internal static RouteSocket Open(SafeFileHandle? space) => space is null ? RouteSocket.Open() : RouteSocket.OpenIn(space);

    /// <summary>Makes the network, or brings what is there of it to the wanted state. A network that did not exist does not after a failure.</summary>
    /// <exception cref="NetworkingException">With the step in its message.</exception>
    public BridgeOrigin Ensure(BridgeNetwork network)
    {
        using RouteSocket route = Opener(null);
        using var undo = new Undo(warn);
        NetworkLink? found = Find(route, network);
        BridgeOrigin origin = OriginOf(found, network);
        PrepareUndo(undo, route, network, origin);
        LinkIndex bridge = found?.Index ?? Make(route, network);
        if (origin == BridgeOrigin.Kept)
        {
            Adjust(route, network, found!);
        }

        NetworkingException.Step($"failed to configure bridge {network.Bridge}", () => WriteSettings(network, origin));
        SetAddresses(route, network, bridge, origin);
        if (firewall is not null)
        {
            // Before the bridge is up, so that no packet passes a network without rules.
            NetworkingException.Step($"failed to set the firewall for network {network.Id}", () => firewall.AddNetwork(network.Rules));
        }

        NetworkingException.Step($"failed to set bridge {network.Bridge} up", () => route.SetUp(bridge));
        forwarding.SwitchOn(network, warn);
        LeadLoopback(network);
        undo.Keep();
        return origin;
    }

    /// <summary>The bridge, unless it is somebody else's, and the rules. No failure when there are none.</summary>
    public void Remove(BridgeNetwork network)
    {
        using RouteSocket route = Opener(null);
        NetworkLink? found = Find(route, network);
        if (found is not null && IsOurs(found, network))
        {
            NetworkingException.Step($"failed to delete bridge {network.Bridge}", () => route.DeleteLinkIfPresent(found.Index));
        }
        else if (found is not null)
        {
            StopLoopback(network);
        }

        // After the bridge: the rule that keeps 127.0.0.0/8 from the wire goes with the last network.
        NetworkingException.Step($"failed to remove the rules of network {network.Id}", () => firewall?.RemoveNetwork(network.Id));
    }

    private static NetworkLink? Find(RouteSocket route, BridgeNetwork network)
        => InterfaceName.IsValid(network.Bridge)
            ? route.TryFindLink(network.Bridge)
            : throw new NetworkingException($"invalid bridge name: {network.Bridge}");

    private static BridgeOrigin OriginOf(NetworkLink? found, BridgeNetwork network)
    {
        if (found is null)
        {
            return BridgeOrigin.Made;
        }

        if (found.Kind != "bridge")
        {
            throw new NetworkingException($"existing interface {network.Bridge} is not a bridge");
        }

        if (IsOurs(found, network))
        {
            return BridgeOrigin.Kept;
        }

        return LinkMark.TryParse(found.Alias, out LinkMark? mark)
            ? throw new NetworkingException($"bridge {network.Bridge} belongs to network {mark.Network}")
            : BridgeOrigin.Foreign;
    }

    /// <summary>By its mark, or, after a crash before it was marked, by a name that nobody else chooses.</summary>
    private static bool IsOurs(NetworkLink found, BridgeNetwork network)
        => found.Kind == "bridge" && (LinkMark.TryParse(found.Alias, out LinkMark? mark)
            ? mark == new LinkMark(network.Id, null)
            : found.Alias.Length == 0 && network.Bridge == LinkNames.BridgeOf(network.Id));

    /// <summary>In the order in which it is to be taken back from behind: the bridge (or what leads 127.0.0.1 there), then the rules.</summary>
    private void PrepareUndo(Undo undo, RouteSocket route, BridgeNetwork network, BridgeOrigin origin)
    {
        if (origin == BridgeOrigin.Kept)
        {
            return; // its containers may be running
        }

        undo.Add(() => firewall?.RemoveNetwork(network.Id));
        undo.Add(origin == BridgeOrigin.Made ? () => route.DeleteLinkIfPresent(network.Bridge) : () => StopLoopback(network));
    }

    private static LinkIndex Make(RouteSocket route, BridgeNetwork network)
    {
        LinkIndex bridge = default;
        NetworkingException.Step($"failed to create bridge {network.Bridge}", () =>
        {
            route.AddBridge(network.Bridge, new() { Mac = LinkNames.MacOf(network.Id), Mtu = network.Mtu });
            bridge = route.IndexOf(network.Bridge);
            route.SetAlias(bridge, new LinkMark(network.Id, null).ToString());
        });
        return bridge;
    }

    private static void Adjust(RouteSocket route, BridgeNetwork network, NetworkLink found)
        => NetworkingException.Step($"failed to change bridge {network.Bridge}", () =>
        {
            if (found.Alias.Length == 0)
            {
                route.SetAlias(found.Index, new LinkMark(network.Id, null).ToString());
            }

            if (network.Mtu != 0 && network.Mtu != found.Mtu)
            {
                route.SetMtu(found.Index, network.Mtu);
            }
        });

    private static void WriteSettings(BridgeNetwork network, BridgeOrigin origin)
    {
        // A kernel without IPv6 has neither setting; a network that wants it fails at its first address.
        if (network.IPv6 is not null)
        {
            NetworkSysctl.OfLink("ipv6", network.Bridge, "disable_ipv6").TryWrite(null, "0");
        }
        else if (origin != BridgeOrigin.Foreign)
        {
            NetworkSysctl.OfLink("ipv6", network.Bridge, "disable_ipv6").TryWrite(null, "1");
        }

        if (origin != BridgeOrigin.Foreign)
        {
            // A container must not be the host's router.
            NetworkSysctl.OfLink("ipv6", network.Bridge, "accept_ra").TryWrite(null, "0");
        }
    }

    private static void SetAddresses(RouteSocket route, BridgeNetwork network, LinkIndex bridge, BridgeOrigin origin)
    {
        List<InterfaceAddress> wanted = WantedAddresses(network, bridge);
        if (origin == BridgeOrigin.Kept)
        {
            // First, since an address of the same subnet goes with the one before it (promote_secondaries is off by default).
            foreach (InterfaceAddress old in route.Addresses(bridge))
            {
                if (!old.Address.IsIPv6LinkLocal && !wanted.Exists(one => one.Address.Equals(old.Address) && one.PrefixLength == old.PrefixLength))
                {
                    NetworkingException.Step($"failed to remove address {old} from {network.Bridge}", () => route.RemoveAddressIfPresent(old));
                }
            }
        }

        foreach (InterfaceAddress address in wanted)
        {
            NetworkingException.Step($"failed to add address {address} to bridge {network.Bridge}", () => route.AddAddressIfMissing(address));
        }
    }

    private static List<InterfaceAddress> WantedAddresses(BridgeNetwork network, LinkIndex bridge)
    {
        List<InterfaceAddress> wanted = [];
        foreach (BridgeSubnet? subnet in new[] { network.IPv4, network.IPv6 })
        {
            if (subnet?.Gateway is { } gateway)
            {
                wanted.Add(new InterfaceAddress(bridge, gateway, subnet.Subnet.PrefixLength) { SkipsDetection = gateway.AddressFamily == AddressFamily.InterNetworkV6 });
            }
        }

        if (network.IPv6 is not null)
        {
            wanted.Add(_linkLocal with { Link = bridge });
        }

        return wanted;
    }

    /// <summary>127.0.0.1 of the host may be translated to an address behind this bridge. The last step, and never without the rules.</summary>
    private void LeadLoopback(BridgeNetwork network)
    {
        if (firewall is not null && network.AnswersLoopback)
        {
            NetworkingException.Step(
                $"failed to configure bridge {network.Bridge}", () => NetworkSysctl.OfLink("ipv4", network.Bridge, "route_localnet").Write(null, "1"));
        }
    }

    private static void StopLoopback(BridgeNetwork network) => NetworkSysctl.OfLink("ipv4", network.Bridge, "route_localnet").TryWrite(null, "0");
}
