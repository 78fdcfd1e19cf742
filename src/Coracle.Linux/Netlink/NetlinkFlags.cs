using System.Diagnostics.CodeAnalysis;

namespace Coracle.Linux;

/// <summary>nlmsg_flags. The upper byte means another thing for each kind of request: to make, to read, to delete.</summary>
[Flags]
[SuppressMessage("Design", "CA1069", Justification = "the kernel's: one bit, two questions")]
public enum NetlinkFlags : ushort
{
    None = 0,
    Request = Abi.NLM_F_REQUEST,

    /// <summary>Answer a success too; a failure is always answered.</summary>
    Acknowledge = Abi.NLM_F_ACK,

    /// <summary>Send what was made back, with the kernel's handles.</summary>
    Echo = Abi.NLM_F_ECHO,

    /// <summary>To make: only what is not there.</summary>
    Exclusive = Abi.NLM_F_EXCL,

    /// <summary>To make: in place of what is there.</summary>
    Replace = Abi.NLM_F_REPLACE,

    Create = Abi.NLM_F_CREATE,
    Append = Abi.NLM_F_APPEND,

    /// <summary>To read: all of them.</summary>
    Dump = Abi.NLM_F_DUMP,

    /// <summary>To delete: only when nothing is below it.</summary>
    NonRecursive = Abi.NLM_F_NONREC,
}

/// <summary>The kernel subsystem behind a netlink socket.</summary>
public enum NetlinkProtocol
{
    /// <summary>Links, addresses, routes, neighbours.</summary>
    Route = Abi.NETLINK_ROUTE,

    /// <summary>nf_tables, conntrack.</summary>
    Netfilter = Abi.NETLINK_NETFILTER,

    /// <summary>Devices that come and go.</summary>
    KernelEvents = Abi.NETLINK_KOBJECT_UEVENT,
}
