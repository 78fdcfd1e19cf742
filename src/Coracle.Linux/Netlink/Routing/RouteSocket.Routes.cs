using System.Net.Sockets;

namespace Coracle.Linux;

// Routes. EHOSTUNREACH or ENETUNREACH when nothing leads to the gateway.
public sealed partial class RouteSocket
{
    /// <exception cref="LinuxException">EEXIST when there is one to the same destination with the same metric.</exception>
    public void AddRoute(NetworkRoute route)
    {
        WriteRoute(Abi.RTM_NEWROUTE, Make, route);
        Send("RTM_NEWROUTE", route.ToString());
    }

    /// <summary>In place of the one to the same destination with the same metric, if there is one.</summary>
    public void ReplaceRoute(NetworkRoute route)
    {
        WriteRoute(Abi.RTM_NEWROUTE, NetlinkFlags.Create | NetlinkFlags.Replace | NetlinkFlags.Acknowledge, route);
        Send("RTM_NEWROUTE", route.ToString());
    }

    /// <returns>False when there was none, or its interface is gone.</returns>
    public bool RemoveRouteIfPresent(NetworkRoute route)
    {
        WriteRoute(Abi.RTM_DELROUTE, NetlinkFlags.Acknowledge, route);
        return SendUnless("RTM_DELROUTE", route.ToString(), Errno.ESRCH, Errno.ENODEV);
    }

    /// <param name="family">Unspecified for both.</param>
    /// <param name="table">0 for all of them, with those of the kernel's own addresses.</param>
    public List<NetworkRoute> Routes(AddressFamily family, int table = NetworkRoute.MainTable)
    {
        Begin(Abi.RTM_GETROUTE, NetlinkFlags.Dump, new rtmsg { rtm_family = FamilyOf(family) });
        List<NetworkRoute> routes = _socket.Ask(_writer, NetworkRoute.Parse, "RTM_GETROUTE", "all");
        routes.RemoveAll(route => table != 0 && route.Table != table);
        return routes;
    }

    private void WriteRoute(int type, NetlinkFlags flags, NetworkRoute route)
    {
        bool isNew = type == Abi.RTM_NEWROUTE;
        Begin(type, flags, new rtmsg
        {
            rtm_family = FamilyOf(route.Destination.BaseAddress),
            rtm_dst_len = (byte)route.Destination.PrefixLength,
            rtm_table = route.Table <= byte.MaxValue ? (byte)route.Table : (byte)Abi.RT_TABLE_COMPAT,
            rtm_protocol = isNew ? (byte)Abi.RTPROT_BOOT : (byte)0, // as of a script: an administrator's and a daemon's are others
            rtm_scope = isNew ? ScopeOf(route) : (byte)Abi.RT_SCOPE_NOWHERE,
            rtm_type = isNew ? (byte)route.Kind : (byte)0,
            rtm_flags = route.GatewayIsOnLink ? (uint)Abi.RTNH_F_ONLINK : 0,
        });
        if (route.Destination.PrefixLength > 0)
        {
            Attribute(Abi.RTA_DST, route.Destination.BaseAddress);
        }

        if (route.Gateway is { } gateway)
        {
            Attribute(Abi.RTA_GATEWAY, gateway);
        }

        if (route.Source is { } source)
        {
            Attribute(Abi.RTA_PREFSRC, source);
        }

        Number(Abi.RTA_PRIORITY, route.Metric);
        Number(Abi.RTA_OIF, route.Link.Value);
        Number(Abi.RTA_TABLE, route.Table <= byte.MaxValue ? 0 : route.Table);
    }

    /// <summary>IPv4 refuses a route without gateway that claims to lead everywhere; IPv6 does not look.</summary>
    private static byte ScopeOf(NetworkRoute route)
        => route.Kind == RouteKind.Local ? (byte)Abi.RT_SCOPE_HOST
            : route.Gateway is null && route.Kind == RouteKind.Unicast ? (byte)Abi.RT_SCOPE_LINK : (byte)Abi.RT_SCOPE_UNIVERSE;
}
