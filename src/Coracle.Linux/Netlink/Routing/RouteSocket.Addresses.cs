using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Coracle.Linux;

// Addresses of interfaces. The kernel adds and removes the routes to their networks with them.
public sealed partial class RouteSocket
{
    /// <summary>Longer IPv4 prefixes have no broadcast address (RFC 3021).</summary>
    private const int LongestWithBroadcast = 30;

    /// <summary>IPv4 with the broadcast address of its network.</summary>
    /// <exception cref="LinuxException">EEXIST when the interface has it.</exception>
    public void AddAddress(InterfaceAddress address)
    {
        WriteAddress(Abi.RTM_NEWADDR, Make, address);
        Send("RTM_NEWADDR", $"{address} on {address.Link}");
    }

    /// <returns>False when the interface had it.</returns>
    public bool AddAddressIfMissing(InterfaceAddress address)
    {
        WriteAddress(Abi.RTM_NEWADDR, Make, address);
        return SendUnless("RTM_NEWADDR", $"{address} on {address.Link}", Errno.EEXIST);
    }

    /// <returns>False when the interface had no such address, or is gone itself.</returns>
    public bool RemoveAddressIfPresent(InterfaceAddress address)
    {
        WriteAddress(Abi.RTM_DELADDR, NetlinkFlags.Acknowledge, address);
        return SendUnless("RTM_DELADDR", $"{address} on {address.Link}", Errno.EADDRNOTAVAIL, Errno.ENODEV);
    }

    /// <param name="link">None: of all interfaces.</param>
    public List<InterfaceAddress> Addresses(LinkIndex link)
    {
        Begin(Abi.RTM_GETADDR, NetlinkFlags.Dump, new ifaddrmsg { ifa_index = link.Value });
        List<InterfaceAddress> addresses = [];
        NetlinkResult result = _socket.TryAsk(_writer, InterfaceAddress.Parse, addresses);
        if (result.Errno == Errno.ENODEV)
        {
            return []; // only strict checking asks whether the interface is there
        }

        result.ThrowIfFailed("RTM_GETADDR", link.ToString());
        addresses.RemoveAll(address => !link.IsNone && address.Link != link); // without it (before 4.20) all come
        return addresses;
    }

    private void WriteAddress(int type, NetlinkFlags flags, InterfaceAddress address)
    {
        bool isNew = type == Abi.RTM_NEWADDR;
        Begin(type, flags, new ifaddrmsg
        {
            ifa_family = FamilyOf(address.Address),
            ifa_prefixlen = checked((byte)address.PrefixLength),
            ifa_flags = isNew && address.SkipsDetection ? (byte)Abi.IFA_F_NODAD : (byte)0,
            ifa_index = address.Link.Value,
        });
        Attribute(Abi.IFA_LOCAL, address.Address);
        Attribute(Abi.IFA_ADDRESS, address.Address);
        if (isNew && address.Address.AddressFamily == AddressFamily.InterNetwork && address.PrefixLength <= LongestWithBroadcast)
        {
            Attribute(Abi.IFA_BROADCAST, BroadcastOf(address.Address, address.PrefixLength));
        }
    }

    private static IPAddress BroadcastOf(IPAddress address, int prefixLength)
    {
        Span<byte> bytes = stackalloc byte[4];
        _ = address.TryWriteBytes(bytes, out _);
        uint hosts = prefixLength == 0 ? uint.MaxValue : (1u << (32 - prefixLength)) - 1;
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) | hosts);
        return new IPAddress(bytes);
    }
}
