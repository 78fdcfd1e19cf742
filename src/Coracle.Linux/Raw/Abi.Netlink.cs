namespace Coracle.Linux;

// sys/socket.h, linux/netlink.h, linux/netfilter/nfnetlink.h
internal static partial class Abi
{
    internal const int AF_UNSPEC = 0;
    internal const int AF_INET = 2;
    internal const int AF_BRIDGE = 7;
    internal const int AF_INET6 = 10;
    internal const int AF_NETLINK = 16;
    internal const int SOCK_RAW = 3;
    internal const int SO_RCVBUFFORCE = 33;
    internal const int SO_SNDBUFFORCE = 32;
    internal const int MSG_PEEK = 2;
    internal const int SOL_NETLINK = 270;

    internal const int NETLINK_ROUTE = 0;
    internal const int NETLINK_NETFILTER = 12;
    internal const int NETLINK_KOBJECT_UEVENT = 15;

    internal const int NETLINK_ADD_MEMBERSHIP = 1;
    internal const int NETLINK_CAP_ACK = 10;
    internal const int NETLINK_EXT_ACK = 11;
    internal const int NETLINK_GET_STRICT_CHK = 12;

    internal const int NLM_F_REQUEST = 0x1;
    internal const int NLM_F_ACK = 0x4;
    internal const int NLM_F_ECHO = 0x8;
    internal const int NLM_F_DUMP_INTR = 0x10;
    internal const int NLM_F_DUMP = 0x300;
    internal const int NLM_F_REPLACE = 0x100;
    internal const int NLM_F_EXCL = 0x200;
    internal const int NLM_F_CREATE = 0x400;
    internal const int NLM_F_APPEND = 0x800;
    internal const int NLM_F_NONREC = 0x100;
    internal const int NLM_F_CAPPED = 0x100;
    internal const int NLM_F_ACK_TLVS = 0x200;

    internal const int NLMSG_ERROR = 2;
    internal const int NLMSG_DONE = 3;
    internal const int NLMSG_MIN_TYPE = 16;

    internal const int NLMSGERR_ATTR_MSG = 1;
    internal const int NLMSGERR_ATTR_OFFS = 2;

    internal const int NLA_F_NESTED = 0x8000;
    internal const int NLA_F_NET_BYTEORDER = 0x4000;

    internal const int NFNETLINK_V0 = 0;
}
