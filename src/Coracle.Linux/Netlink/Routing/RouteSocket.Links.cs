using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

// What is done to interfaces that are there. ENODEV when they are not.
public sealed partial class RouteSocket
{
    /// <summary>With all that is on it: addresses, routes, the other end of a veth pair, the ports' membership of a bridge.</summary>
    /// <returns>False when there was none.</returns>
    public bool DeleteLinkIfPresent(string name)
    {
        if (!InterfaceName.IsValid(name))
        {
            return false;
        }

        Begin(Abi.RTM_DELLINK, NetlinkFlags.Acknowledge, default(ifinfomsg));
        _writer.Text(Abi.IFLA_IFNAME, name);
        return SendUnless("RTM_DELLINK", name, Errno.ENODEV);
    }

    /// <inheritdoc cref="DeleteLinkIfPresent(string)"/>
    public bool DeleteLinkIfPresent(LinkIndex link)
    {
        // Index 0 without a name or a group is nothing, but a group would be many: never ask.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(link.Value);
        Begin(Abi.RTM_DELLINK, NetlinkFlags.Acknowledge, new ifinfomsg { ifi_index = link.Value });
        return SendUnless("RTM_DELLINK", link.ToString(), Errno.ENODEV);
    }

    public void SetUp(LinkIndex link) => SetFlags(link, Abi.IFF_UP, Abi.IFF_UP, "up");

    public void SetDown(LinkIndex link) => SetFlags(link, 0, Abi.IFF_UP, "down");

    /// <param name="master">A bridge, or None to take it out of the one it is in.</param>
    public void SetMaster(LinkIndex link, LinkIndex master)
    {
        BeginChange(link);
        _writer.U32(Abi.IFLA_MASTER, (uint)master.Value);
        Send("RTM_SETLINK", $"{link} master {master}");
    }

    /// <param name="bytes">EINVAL when the kind cannot.</param>
    public void SetMtu(LinkIndex link, int bytes)
    {
        BeginChange(link);
        _writer.U32(Abi.IFLA_MTU, (uint)bytes);
        Send("RTM_SETLINK", $"{link} mtu {bytes}");
    }

    public void SetMac(LinkIndex link, MacAddress address)
    {
        BeginChange(link);
        Attribute(Abi.IFLA_ADDRESS, address);
        Send("RTM_SETLINK", $"{link} address {address}");
    }

    /// <param name="alias">Up to 255 bytes; empty takes it away.</param>
    public void SetAlias(LinkIndex link, string alias)
    {
        BeginChange(link);
        _writer.Attribute(Abi.IFLA_IFALIAS, System.Text.Encoding.UTF8.GetBytes(alias)); // without NUL: the kernel would count it
        Send("RTM_SETLINK", $"{link} alias {alias}");
    }

    /// <summary>EBUSY while it is up, before Linux 6.2 or so; EEXIST when the name is taken.</summary>
    public void Rename(LinkIndex link, string name)
    {
        BeginChange(link);
        _writer.Text(Abi.IFLA_IFNAME, InterfaceName.Checked(name, "RTM_SETLINK"));
        Send("RTM_SETLINK", $"{link} name {name}");
    }

    /// <summary>Into another network namespace, where it is down and has no addresses; its index may be another one there.</summary>
    /// <param name="name">Its name there. EEXIST when that is taken; it stays where it is then.</param>
    public void MoveTo(LinkIndex link, SafeFileHandle space, string name)
    {
        BeginChange(link);
        SpaceAttribute(space);
        _writer.Text(Abi.IFLA_IFNAME, InterfaceName.Checked(name, "RTM_SETLINK"));
        Send("RTM_SETLINK", $"{link} to another namespace as {name}");
    }

    /// <summary>Of an interface that is a port of a bridge; EOPNOTSUPP or EINVAL when it is not.</summary>
    public void SetBridgePort(LinkIndex link, BridgePortOptions options)
    {
        Begin(Abi.RTM_SETLINK, NetlinkFlags.Acknowledge, new ifinfomsg { ifi_family = Abi.AF_BRIDGE, ifi_index = link.Value });
        int port = _writer.Nest(Abi.IFLA_PROTINFO, marked: true);
        PortFlag(Abi.IFLA_BRPORT_ISOLATED, options.Isolated);
        PortFlag(Abi.IFLA_BRPORT_MODE, options.Hairpin);
        PortFlag(Abi.IFLA_BRPORT_LEARNING, options.Learning);
        _writer.End(port);
        Send("RTM_SETLINK", $"{link} bridge port");
    }

    private void PortFlag(int type, bool? value)
    {
        if (value is { } known)
        {
            _writer.U8(type, known ? (byte)1 : (byte)0);
        }
    }

    private void SetFlags(LinkIndex link, uint flags, uint changed, string word)
    {
        Begin(Abi.RTM_SETLINK, NetlinkFlags.Acknowledge, new ifinfomsg { ifi_index = link.Value, ifi_flags = flags, ifi_change = changed });
        Send("RTM_SETLINK", $"{link} {word}");
    }

    private void BeginChange(LinkIndex link) => Begin(Abi.RTM_SETLINK, NetlinkFlags.Acknowledge, new ifinfomsg { ifi_index = link.Value });
}
