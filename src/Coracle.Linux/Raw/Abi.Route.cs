namespace Coracle.Linux;

internal static partial class Abi
{
    // linux/rtnetlink.h: messages
    internal const int RTM_NEWLINK = 16;
    internal const int RTM_DELLINK = 17;
    internal const int RTM_GETLINK = 18;
    internal const int RTM_SETLINK = 19;
    internal const int RTM_NEWADDR = 20;
    internal const int RTM_DELADDR = 21;
    internal const int RTM_GETADDR = 22;
    internal const int RTM_NEWROUTE = 24;
    internal const int RTM_DELROUTE = 25;
    internal const int RTM_GETROUTE = 26;
    internal const int RTM_NEWNEIGH = 28;
    internal const int RTM_DELNEIGH = 29;
    internal const int RTM_GETNEIGH = 30;

    // linux/rtnetlink.h: groups
    internal const int RTNLGRP_LINK = 1;
    internal const int RTNLGRP_IPV4_IFADDR = 5;
    internal const int RTNLGRP_IPV4_ROUTE = 7;
    internal const int RTNLGRP_IPV6_IFADDR = 9;
    internal const int RTNLGRP_IPV6_ROUTE = 11;

    // linux/rtnetlink.h: routes
    internal const int RTN_UNICAST = 1;
    internal const int RTN_LOCAL = 2;
    internal const int RTN_BROADCAST = 3;
    internal const int RTN_MULTICAST = 5;
    internal const int RTN_BLACKHOLE = 6;
    internal const int RTN_UNREACHABLE = 7;
    internal const int RTN_PROHIBIT = 8;
    internal const int RTN_THROW = 9;
    internal const int RTPROT_BOOT = 3;
    internal const int RT_SCOPE_UNIVERSE = 0;
    internal const int RT_SCOPE_LINK = 253;
    internal const int RT_SCOPE_HOST = 254;
    internal const int RT_SCOPE_NOWHERE = 255;
    internal const int RT_TABLE_COMPAT = 252;
    internal const int RT_TABLE_MAIN = 254;
    internal const int RT_TABLE_LOCAL = 255;
    internal const int RTM_F_CLONED = 0x200;
    internal const int RTNH_F_ONLINK = 0x4;
    internal const int RTA_DST = 1;
    internal const int RTA_OIF = 4;
    internal const int RTA_GATEWAY = 5;
    internal const int RTA_PRIORITY = 6;
    internal const int RTA_PREFSRC = 7;
    internal const int RTA_TABLE = 15;

    // linux/if_link.h
    internal const int IFLA_ADDRESS = 1;
    internal const int IFLA_IFNAME = 3;
    internal const int IFLA_MTU = 4;
    internal const int IFLA_LINK = 5;
    internal const int IFLA_MASTER = 10;
    internal const int IFLA_PROTINFO = 12;
    internal const int IFLA_LINKINFO = 18;
    internal const int IFLA_IFALIAS = 20;
    internal const int IFLA_STATS64 = 23;
    internal const int IFLA_NET_NS_FD = 0x1C;
    internal const int IFLA_LINK_NETNSID = 37;
    internal const int IFLA_INFO_KIND = 1;
    internal const int IFLA_INFO_DATA = 2;
    internal const int IFLA_INFO_SLAVE_KIND = 4;
    internal const int IFLA_INFO_SLAVE_DATA = 5;
    internal const int IFLA_BR_MCAST_SNOOPING = 23;
    internal const int IFLA_BRPORT_MODE = 4;
    internal const int IFLA_BRPORT_LEARNING = 8;
    internal const int IFLA_BRPORT_ISOLATED = 33;
    internal const int IFLA_MACVLAN_MODE = 1;
    internal const int MACVLAN_MODE_PRIVATE = 1;
    internal const int MACVLAN_MODE_VEPA = 2;
    internal const int MACVLAN_MODE_BRIDGE = 4;
    internal const int MACVLAN_MODE_PASSTHRU = 8;
    internal const int IFLA_IPVLAN_MODE = 1;
    internal const int IPVLAN_MODE_L2 = 0;
    internal const int IPVLAN_MODE_L3 = 1;
    internal const int IPVLAN_MODE_L3S = 2;
    internal const int IFLA_VLAN_ID = 1;

    // linux/veth.h
    internal const int VETH_INFO_PEER = 1;

    // net/if.h, linux/if.h
    internal const int IFF_LOOPBACK = 0x8;
    internal const int IFF_LOWER_UP = 0x10000;
    internal const int IFNAMSIZ = 16;

    // linux/if_addr.h
    internal const int IFA_ADDRESS = 1;
    internal const int IFA_LOCAL = 2;
    internal const int IFA_LABEL = 3;
    internal const int IFA_BROADCAST = 4;
    internal const int IFA_FLAGS = 0x8;
    internal const int IFA_F_NODAD = 0x2;
    internal const int IFA_F_TENTATIVE = 0x40;

    // linux/neighbour.h
    internal const int NDA_DST = 1;
    internal const int NDA_LLADDR = 2;
    internal const int NUD_FAILED = 0x20;
    internal const int NUD_PERMANENT = 0x80;
    internal const int NTF_PROXY = 0x8;
}
