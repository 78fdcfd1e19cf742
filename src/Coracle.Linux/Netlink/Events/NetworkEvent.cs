namespace Coracle.Linux;

/// <summary>Something that happened to a network namespace.</summary>
public abstract record NetworkEvent
{
    /// <summary>The netlink port of whose doing it was (<see cref="NetlinkSocket.Port"/>): one's own changes are told too. 0: the kernel's own.</summary>
    public uint Port { get; init; }
}

/// <summary>Events came faster than they were read, or one was not understood: whoever keeps a picture has to look again.</summary>
public sealed record EventsLost : NetworkEvent;

/// <summary>An interface is new, changed, or gone.</summary>
public sealed record LinkChanged(NetworkLink Link, bool IsGone) : NetworkEvent;

public sealed record AddressChanged(InterfaceAddress Address, bool IsGone) : NetworkEvent;

public sealed record RouteChanged(NetworkRoute Route, bool IsGone) : NetworkEvent;

/// <summary>An nf_tables object was made or deleted.</summary>
/// <param name="Family">NFPROTO_…: 2 ip, 10 ip6, 1 inet, 7 bridge.</param>
/// <param name="Table">The table, or the one the object is in.</param>
public sealed record FirewallChanged(int Family, string Table, FirewallObject Object, bool IsGone) : NetworkEvent;

/// <summary>The end of an nf_tables transaction: who made the changes that were told before it.</summary>
/// <param name="Process">Its pid; 0 when the kernel does not say (before Linux 4.14).</param>
/// <param name="Program">The thread's name: nft, iptables, firewalld.</param>
public sealed record FirewallCommitted(int Process, string Program) : NetworkEvent;

/// <summary>A device came, went or changed (uevent).</summary>
public sealed record DeviceChanged(DeviceEvent Device) : NetworkEvent;

public enum FirewallObject
{
    Table,
    Chain,
    Rule,
    Set,
    Element,
}
