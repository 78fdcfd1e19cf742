using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

// Interfaces that are made. All of them EEXIST when the name is taken.
public sealed partial class RouteSocket
{
    private const NetlinkFlags Make = NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Acknowledge;

    /// <summary>A bridge. Nothing is left of it when one of its options is refused.</summary>
    public void AddBridge(string name, BridgeOptions options)
    {
        BeginLink(new NewLink(name) { Mac = options.Mac, Up = options.Up });
        int info = BeginKind("bridge"u8);
        if (options.MulticastSnooping is { } snooping)
        {
            int data = _writer.Nest(Abi.IFLA_INFO_DATA);
            _writer.U8(Abi.IFLA_BR_MCAST_SNOOPING, snooping ? (byte)1 : (byte)0);
            _writer.End(data);
        }

        _writer.End(info);
        Send("RTM_NEWLINK", name);
        if (options.Mtu != 0)
        {
            FixBridgeMtu(name, options.Mtu);
        }
    }

    /// <summary>Two interfaces that are one cable, the other end directly in its namespace.</summary>
    /// <param name="link">May be up and a port of a bridge at once.</param>
    /// <param name="peer">
    /// Has its name, MAC and MTU when the call returns, but is down and has no master: the kernel configures it before it has another
    /// end, and opening it then is ENOTCONN.
    /// </param>
    public void AddVethPair(NewLink link, NewLink peer)
    {
        if (peer.Up || !peer.Master.IsNone)
        {
            throw new ArgumentException("the other end can be neither up nor a port yet", nameof(peer));
        }

        BeginLink(link);
        int info = BeginKind("veth"u8);
        int data = _writer.Nest(Abi.IFLA_INFO_DATA);
        int other = _writer.Nest(Abi.VETH_INFO_PEER);
        _writer.Body(default(ifinfomsg));
        LinkAttributes(peer);
        _writer.End(other);
        _writer.End(data);
        _writer.End(info);
        Send("RTM_NEWLINK", $"{link.Name} and {peer.Name}");
    }

    /// <param name="parent">In the socket's namespace, wherever the new one appears.</param>
    public void AddMacvlan(NewLink link, LinkIndex parent, MacvlanMode mode)
    {
        BeginLink(link, parent);
        int info = BeginKind("macvlan"u8);
        int data = _writer.Nest(Abi.IFLA_INFO_DATA);
        _writer.U32(Abi.IFLA_MACVLAN_MODE, (uint)mode);
        _writer.End(data);
        _writer.End(info);
        Send("RTM_NEWLINK", link.Name);
    }

    /// <inheritdoc cref="AddMacvlan"/>
    public void AddIpvlan(NewLink link, LinkIndex parent, IpvlanMode mode)
    {
        BeginLink(link, parent);
        int info = BeginKind("ipvlan"u8);
        int data = _writer.Nest(Abi.IFLA_INFO_DATA);
        _writer.U16(Abi.IFLA_IPVLAN_MODE, (ushort)mode);
        _writer.End(data);
        _writer.End(info);
        Send("RTM_NEWLINK", link.Name);
    }

    /// <summary>An 802.1q sub-interface: <c>eth0.10</c>.</summary>
    /// <param name="id">1 to 4094.</param>
    public void AddVlan(NewLink link, LinkIndex parent, int id)
    {
        BeginLink(link, parent);
        int info = BeginKind("vlan"u8);
        int data = _writer.Nest(Abi.IFLA_INFO_DATA);
        _writer.U16(Abi.IFLA_VLAN_ID, checked((ushort)id));
        _writer.End(data);
        _writer.End(info);
        Send("RTM_NEWLINK", link.Name);
    }

    public void AddDummy(NewLink link)
    {
        BeginLink(link);
        _writer.End(BeginKind("dummy"u8));
        Send("RTM_NEWLINK", link.Name);
    }

    /// <summary>A length that is given when a bridge is made does not count as chosen: its ports would change it.</summary>
    private void FixBridgeMtu(string name, int mtu)
    {
        Begin(Abi.RTM_SETLINK, NetlinkFlags.Acknowledge, default(ifinfomsg));
        _writer.Text(Abi.IFLA_IFNAME, name);
        _writer.U32(Abi.IFLA_MTU, (uint)mtu);
        NetlinkResult result = _send(_writer);
        if (!result.Succeeded)
        {
            DeleteLinkIfPresent(name);
            result.ThrowIfFailed("RTM_SETLINK", $"{name} mtu {mtu}");
        }
    }

    private void BeginLink(NewLink link, LinkIndex parent = default)
    {
        Begin(Abi.RTM_NEWLINK, Make, Header(link));
        Number(Abi.IFLA_LINK, parent.Value);
        Number(Abi.IFLA_MASTER, link.Master.Value);
        LinkAttributes(link);
    }

    private static ifinfomsg Header(NewLink link)
        => link.Up ? new() { ifi_flags = Abi.IFF_UP, ifi_change = Abi.IFF_UP } : default;

    private void LinkAttributes(NewLink link)
    {
        string name = InterfaceName.Checked(link.Name, "RTM_NEWLINK");
        if (link.Mac is { } mac)
        {
            Attribute(Abi.IFLA_ADDRESS, mac);
        }

        Number(Abi.IFLA_MTU, link.Mtu);
        if (link.Space is { } space)
        {
            SpaceAttribute(space);
        }

        _writer.Text(Abi.IFLA_IFNAME, name);
    }

    /// <summary>The kernel looks the number up while it reads the message, within the send; the caller keeps the handle open so long.</summary>
    private void SpaceAttribute(SafeFileHandle space)
    {
        using var self = new Borrowed(space);
        _writer.U32(Abi.IFLA_NET_NS_FD, (uint)self.Fd);
    }

    private int BeginKind(ReadOnlySpan<byte> kind)
    {
        int info = _writer.Nest(Abi.IFLA_LINKINFO);
        _writer.Attribute(Abi.IFLA_INFO_KIND, kind);
        return info;
    }
}
