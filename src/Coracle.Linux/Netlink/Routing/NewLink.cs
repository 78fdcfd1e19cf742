using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>An interface to be made; what is not said is the kernel's choice.</summary>
public sealed record NewLink(string Name)
{
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes; 0 for the kind's own.</summary>
    public int Mtu { get; init; }

    /// <summary>The network namespace in which it appears; null for the socket's.</summary>
    public SafeFileHandle? Space { get; init; }

    /// <summary>The bridge that it is a port of from the beginning, in the socket's namespace.</summary>
    public LinkIndex Master { get; init; }

    public bool Up { get; init; }
}

/// <summary>The options of a bridge.</summary>
public sealed record BridgeOptions
{
    /// <summary>Without one the bridge takes the lowest of its ports', and changes it when they come and go.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Bytes. Without one the bridge follows the lowest of its ports; 0 for that.</summary>
    public int Mtu { get; init; }

    /// <summary>Whether it looks into IGMP and MLD; without an IGMP querier in the network that loses multicast after minutes. Null: the kernel's own.</summary>
    public bool? MulticastSnooping { get; init; }

    public bool Up { get; init; }
}

/// <summary>What is said of a port of a bridge; null leaves it as it is.</summary>
public sealed record BridgePortOptions
{
    /// <summary>No frames between isolated ports: icc=false. Linux 4.18; older ones ignore it, so look at <see cref="NetworkLink.IsIsolated"/>.</summary>
    public bool? Isolated { get; init; }

    /// <summary>Frames may leave by the port they came from.</summary>
    public bool? Hairpin { get; init; }

    public bool? Learning { get; init; }
}

public enum MacvlanMode
{
    Private = Abi.MACVLAN_MODE_PRIVATE,
    Vepa = Abi.MACVLAN_MODE_VEPA,
    Bridge = Abi.MACVLAN_MODE_BRIDGE,
    Passthru = Abi.MACVLAN_MODE_PASSTHRU,
}

public enum IpvlanMode
{
    L2 = Abi.IPVLAN_MODE_L2,
    L3 = Abi.IPVLAN_MODE_L3,
    L3S = Abi.IPVLAN_MODE_L3S,
}
