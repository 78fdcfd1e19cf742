namespace Coracle.Linux;

/// <summary>NFPROTO_…: which packets a table sees.</summary>
public enum TableFamily : byte
{
    /// <summary>IPv4 and IPv6 together.</summary>
    Inet = Abi.NFPROTO_INET,
    IPv4 = Abi.NFPROTO_IPV4,
    Bridge = Abi.NFPROTO_BRIDGE,
    IPv6 = Abi.NFPROTO_IPV6,
}

/// <summary>NF_INET_…: where on its way a packet meets a base chain.</summary>
public enum ChainHook
{
    Prerouting = Abi.NF_INET_PRE_ROUTING,
    Input = Abi.NF_INET_LOCAL_IN,
    Forward = Abi.NF_INET_FORWARD,
    Output = Abi.NF_INET_LOCAL_OUT,
    Postrouting = Abi.NF_INET_POST_ROUTING,
}

/// <summary>NF_IP_PRI_…: the order of base chains at one hook, lowest first. The same numbers in IPv6.</summary>
public static class ChainPriority
{
    /// <summary>Before connection tracking.</summary>
    public const int Raw = Abi.NF_IP_PRI_RAW;
    public const int DestinationNat = Abi.NF_IP_PRI_NAT_DST;
    public const int Filter = Abi.NF_IP_PRI_FILTER;
    public const int SourceNat = Abi.NF_IP_PRI_NAT_SRC;
}

/// <summary>What a packet carries from one expression of a rule to the next: four places of 16 bytes, each also four words.</summary>
public enum Register
{
    First = Abi.NFT_REG_1,
    Second = Abi.NFT_REG_2,

    /// <summary>The second to sixth 4 bytes; the fifth are the beginning of <see cref="Second"/>.</summary>
    Word1 = Abi.NFT_REG32_01,
    Word2 = Abi.NFT_REG32_02,
    Word4 = Abi.NFT_REG32_04,
    Word5 = Abi.NFT_REG32_05,
}

/// <summary>NFT_META_…: what the kernel knows of a packet without reading it.</summary>
public enum MetaKey
{
    Mark = Abi.NFT_META_MARK,

    /// <summary>16 bytes. Not known at postrouting before Linux 5.7.</summary>
    InputName = Abi.NFT_META_IIFNAME,
    OutputName = Abi.NFT_META_OIFNAME,
    Protocol = Abi.NFT_META_L4PROTO,
}

/// <summary>NFT_CT_…: what connection tracking knows of a packet's flow.</summary>
public enum ConntrackKey
{
    State = Abi.NFT_CT_STATE,
    Status = Abi.NFT_CT_STATUS,
    Mark = Abi.NFT_CT_MARK,
}

/// <summary>NF_CT_STATE_BIT of enum ip_conntrack_info.</summary>
[Flags]
public enum ConntrackStates : uint
{
    None = 0,
    Invalid = 1,
    Established = 2,
    Related = 4,
    New = 8,
}

/// <summary>What becomes of a packet.</summary>
/// <param name="Code">NF_ACCEPT, NF_DROP, NFT_…</param>
/// <param name="Chain">Of a jump; otherwise empty.</param>
public readonly record struct Verdict(int Code, string Chain)
{
    /// <summary>Past this base chain; those of other tables are still asked.</summary>
    public static Verdict Accept => new(Abi.NF_ACCEPT, "");

    /// <summary>The end, whatever other tables say.</summary>
    public static Verdict Drop => new(Abi.NF_DROP, "");

    /// <summary>Back behind the jump; at the end of a base chain, its policy.</summary>
    public static Verdict Return => new(Abi.NFT_RETURN, "");

    public static Verdict Jump(string chain) => new(Abi.NFT_JUMP, chain);

    public static Verdict Goto(string chain) => new(Abi.NFT_GOTO, chain);
}
