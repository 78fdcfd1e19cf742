using System.Runtime.InteropServices;

namespace Coracle.Linux;

[CType("struct sockaddr_nl")]
[StructLayout(LayoutKind.Sequential)]
internal struct sockaddr_nl
{
    public ushort nl_family;
    public ushort __nl_pad;
    public uint nl_pid;
    public uint nl_groups;
}

[CType("struct nlmsghdr")]
[StructLayout(LayoutKind.Sequential)]
internal struct nlmsghdr
{
    public uint nlmsg_len;
    public ushort nlmsg_type;
    public ushort nlmsg_flags;
    public uint nlmsg_seq;
    public uint nlmsg_pid;
}

/// <summary>In front of every message of the netfilter family. res_id is big endian.</summary>
[CType("struct nfgenmsg")]
[StructLayout(LayoutKind.Sequential)]
internal struct nfgenmsg
{
    public byte nfgen_family;
    public byte version;
    public ushort res_id;
}
