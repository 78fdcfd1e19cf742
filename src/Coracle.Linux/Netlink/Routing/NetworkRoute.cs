using System.Net;

namespace Coracle.Linux;

/// <summary>One route.</summary>
/// <param name="Destination">0.0.0.0/0 or ::/0 is the default route.</param>
public sealed record NetworkRoute(IPNetwork Destination)
{
    /// <summary>sizeof(struct rtmsg).</summary>
    private const int HeaderLength = 12;

    public const int MainTable = Abi.RT_TABLE_MAIN;

    /// <summary>Null: the destination is on the link itself.</summary>
    public IPAddress? Gateway { get; init; }

    public LinkIndex Link { get; init; }

    /// <summary>0 for the kernel's own: 0 in IPv4, 1024 in IPv6.</summary>
    public int Metric { get; init; }

    public int Table { get; init; } = MainTable;

    /// <summary>The address that packets by this route are sent from.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The gateway counts as on the link even if no address says so.</summary>
    public bool GatewayIsOnLink { get; init; }

    /// <summary>RTN_…: what happens to a packet; unicast is the usual.</summary>
    public RouteKind Kind { get; init; } = RouteKind.Unicast;

    public bool IsDefault => Destination.PrefixLength == 0 && Kind == RouteKind.Unicast;

    public override string ToString() => Gateway is null ? Destination.ToString() : $"{Destination} via {Gateway}";

    /// <returns>Null for a message of another type or family, and for what is only remembered of a route's use.</returns>
    internal static NetworkRoute? Parse(in NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Type is Abi.RTM_NEWROUTE or Abi.RTM_DELROUTE ? message.Fixed(HeaderLength) : default;
        if (header.IsEmpty || header[0] is not (Abi.AF_INET or Abi.AF_INET6) || (BitConverter.ToUInt32(header[8..]) & Abi.RTM_F_CLONED) != 0)
        {
            return null;
        }

        NetworkRoute route = new(default(IPNetwork))
        {
            Table = header[4],
            Kind = (RouteKind)header[7],
            GatewayIsOnLink = (BitConverter.ToUInt32(header[8..]) & Abi.RTNH_F_ONLINK) != 0,
        };
        IPAddress destination = header[0] == Abi.AF_INET ? IPAddress.Any : IPAddress.IPv6Any;
        NetlinkAttributes attributes = message.Attributes(HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.RTA_DST:
                    destination = RouteSocket.ToAddress(attribute);
                    break;
                case Abi.RTA_GATEWAY:
                    route = route with { Gateway = RouteSocket.ToAddress(attribute) };
                    break;
                case Abi.RTA_PREFSRC:
                    route = route with { Source = RouteSocket.ToAddress(attribute) };
                    break;
                case Abi.RTA_OIF:
                    route = route with { Link = new LinkIndex((int)attribute.U32) };
                    break;
                case Abi.RTA_PRIORITY:
                    route = route with { Metric = (int)attribute.U32 };
                    break;
                case Abi.RTA_TABLE:
                    route = route with { Table = (int)attribute.U32 };
                    break;
            }
        }

        return route with { Destination = ToNetwork(destination, header[1]) };
    }

    private static IPNetwork ToNetwork(IPAddress address, int length)
    {
        // Bits behind the prefix cannot be in a table of the kernel; IPNetwork's own check would be another exception.
        return length <= (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128) && Fits(address, length)
            ? new IPNetwork(address, length)
            : throw NetlinkReader.Malformed($"a route to {address}/{length}");
    }

    private static bool Fits(IPAddress address, int length)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out int count);
        for (int bit = length; bit < count * 8; bit++)
        {
            if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                return false;
            }
        }

        return true;
    }
}

public enum RouteKind
{
    Unicast = Abi.RTN_UNICAST,
    Local = Abi.RTN_LOCAL,
    Broadcast = Abi.RTN_BROADCAST,
    Multicast = Abi.RTN_MULTICAST,
    Blackhole = Abi.RTN_BLACKHOLE,
    Unreachable = Abi.RTN_UNREACHABLE,
    Prohibit = Abi.RTN_PROHIBIT,
    Throw = Abi.RTN_THROW,
}
