namespace Coracle.Linux;

/// <summary>A network interface as the kernel describes it.</summary>
public sealed class NetworkLink
{
    /// <summary>sizeof(struct ifinfomsg).</summary>
    private const int HeaderLength = 16;

    public LinkIndex Index { get; private set; }

    public string Name { get; private set; } = "";

    /// <summary>bridge, veth, macvlan, …; empty for hardware and lo.</summary>
    public string Kind { get; private set; } = "";

    /// <summary>The bridge (or bond) that it is a port of.</summary>
    public LinkIndex Master { get; private set; }

    /// <summary>What it stands on: of a veth its other end, of a macvlan or vlan the device below. In another namespace if <see cref="ParentIsElsewhere"/>.</summary>
    public LinkIndex Parent { get; private set; }

    public bool ParentIsElsewhere { get; private set; }

    public bool IsUp { get; private set; }

    public bool IsLoopback { get; private set; }

    /// <summary>A cable is plugged in at both ends, so to speak.</summary>
    public bool HasCarrier { get; private set; }

    /// <summary>Bytes.</summary>
    public int Mtu { get; private set; }

    /// <summary>Null for what has no Ethernet address.</summary>
    public MacAddress? Mac { get; private set; }

    public string Alias { get; private set; } = "";

    /// <summary>Since it was made; all zeros where they were not asked for.</summary>
    public LinkStatistics Statistics { get; private set; }

    public bool IsIsolated { get; private set; }

    public bool IsHairpin { get; private set; }

    /// <summary>As a port: whether the bridge remembers the addresses behind it.</summary>
    public bool IsLearning { get; private set; }

    /// <returns>Null for a message of another type, and for what a bridge says of its ports, which is no whole description.</returns>
    internal static NetworkLink? Parse(in NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Type is Abi.RTM_NEWLINK or Abi.RTM_DELLINK ? message.Fixed(HeaderLength) : default;
        if (header.IsEmpty || header[0] == Abi.AF_BRIDGE)
        {
            return null;
        }

        uint flags = BitConverter.ToUInt32(header[8..]);
        NetworkLink link = new()
        {
            Index = new LinkIndex(BitConverter.ToInt32(header[4..])),
            IsUp = (flags & Abi.IFF_UP) != 0,
            IsLoopback = (flags & Abi.IFF_LOOPBACK) != 0,
            HasCarrier = (flags & Abi.IFF_LOWER_UP) != 0,
        };
        NetlinkAttributes attributes = message.Attributes(HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            link.Take(attribute);
        }

        return link;
    }

    private void Take(in NetlinkAttribute attribute)
    {
        switch (attribute.Type)
        {
            case Abi.IFLA_IFNAME:
                Name = attribute.Text;
                break;
            case Abi.IFLA_MTU:
                Mtu = (int)attribute.U32;
                break;
            case Abi.IFLA_MASTER:
                Master = new LinkIndex((int)attribute.U32);
                break;
            case Abi.IFLA_LINK:
                Parent = new LinkIndex((int)attribute.U32);
                break;
            case Abi.IFLA_LINK_NETNSID:
                ParentIsElsewhere = true;
                break;
            case Abi.IFLA_ADDRESS when attribute.Value.Length == MacAddress.Length:
                Mac = new MacAddress(attribute.Value);
                break;
            case Abi.IFLA_IFALIAS:
                Alias = attribute.Text;
                break;
            case Abi.IFLA_STATS64:
                Statistics = LinkStatistics.Parse(attribute);
                break;
            case Abi.IFLA_LINKINFO:
                TakeInfo(attribute.Nested);
                break;
        }
    }

    private void TakeInfo(NetlinkAttributes info)
    {
        bool isBridgePort = false;
        while (info.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.IFLA_INFO_KIND:
                    Kind = attribute.Text;
                    break;
                case Abi.IFLA_INFO_SLAVE_KIND:
                    isBridgePort = attribute.Text == "bridge";
                    break;
                case Abi.IFLA_INFO_SLAVE_DATA when isBridgePort: // the kernel writes the kind in front of the data
                    TakePort(attribute.Nested);
                    break;
            }
        }
    }

    private void TakePort(NetlinkAttributes port)
    {
        while (port.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.IFLA_BRPORT_ISOLATED:
                    IsIsolated = attribute.U8 != 0;
                    break;
                case Abi.IFLA_BRPORT_MODE:
                    IsHairpin = attribute.U8 != 0;
                    break;
                case Abi.IFLA_BRPORT_LEARNING:
                    IsLearning = attribute.U8 != 0;
                    break;
            }
        }
    }
}

/// <summary>What went through an interface: the beginning of struct rtnl_link_stats64.</summary>
public readonly record struct LinkStatistics(
    ulong ReceivedPackets,
    ulong SentPackets,
    ulong ReceivedBytes,
    ulong SentBytes,
    ulong ReceiveErrors,
    ulong SendErrors,
    ulong ReceivesDropped,
    ulong SendsDropped)
{
    private const int Members = 8;

    internal static LinkStatistics Parse(in NetlinkAttribute attribute)
    {
        ReadOnlySpan<byte> counts = attribute.Fixed(Members * sizeof(ulong));
        return new(Count(counts, 0), Count(counts, 1), Count(counts, 2), Count(counts, 3), Count(counts, 4), Count(counts, 5), Count(counts, 6), Count(counts, 7));
    }

    private static ulong Count(ReadOnlySpan<byte> counts, int index) => BitConverter.ToUInt64(counts[(index * sizeof(ulong))..]);
}
