using System.Net;
using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class NetlinkReaderTests
{
    /// <summary>As Linux 6.1 describes a port of a bridge; shortened.</summary>
    private const string Port =
        """
        9C000000 1000 0000 07000000 2A000000             ; RTM_NEWLINK
        00 00 0100 04000000 43100100 00000000            ; AF_UNSPEC, ARPHRD_ETHER, index 4, UP RUNNING LOWER_UP
        0700 0300 763000 00                              ; IFLA_IFNAME v0
        0800 0400 78050000                               ; IFLA_MTU 1400
        0800 0A00 03000000                               ; IFLA_MASTER 3
        0800 0500 02000000                               ; IFLA_LINK 2
        0800 2500 00000000                               ; IFLA_LINK_NETNSID: that is elsewhere
        0A00 0100 0242AC110002 0000                      ; IFLA_ADDRESS
        0500 1400 63 000000                              ; IFLA_IFALIAS, without a NUL
        4000 1200                                        ; IFLA_LINKINFO
            0900 0100 7665746800 000000                  ; IFLA_INFO_KIND veth
            0B00 0400 62726964676500 00                  ; IFLA_INFO_SLAVE_KIND bridge
            2400 0580                                    ; IFLA_INFO_SLAVE_DATA, marked as a nest
                0500 0400 01 000000                      ; IFLA_BRPORT_MODE: hairpin
                0500 0800 00 000000                      ; IFLA_BRPORT_LEARNING
                0500 2100 01 000000                      ; IFLA_BRPORT_ISOLATED
                0500 FF00 07 000000                      ; of a kernel to come
        """;

    private const string Address =
        """
        40000000 1400 0000 07000000 2A000000             ; RTM_NEWADDR
        02 10 80 00 03000000                             ; AF_INET, /16, permanent, universe, index 3
        0800 0100 AC110001                               ; IFA_ADDRESS
        0800 0200 AC110001                               ; IFA_LOCAL
        0800 0400 AC11FFFF                               ; IFA_BROADCAST
        0800 0300 62723000                               ; IFA_LABEL
        0800 0800 82000000                               ; IFA_FLAGS: NODAD too
        """;

    private const string Route =
        """
        44000000 1800 0000 07000000 2A000000             ; RTM_NEWROUTE
        02 10 00 00 FC 03 00 01 04000000                 ; AF_INET, /16, table COMPAT, boot, universe, unicast, ONLINK
        0800 0F00 E8030000                               ; RTA_TABLE 1000
        0800 0100 0A010000                               ; RTA_DST
        0800 0600 05000000                               ; RTA_PRIORITY
        0800 0500 AC110002                               ; RTA_GATEWAY
        0800 0400 03000000                               ; RTA_OIF
        """;

    private const string Proxy =
        """
        30000000 1C00 0000 07000000 2A000000             ; RTM_NEWNEIGH
        02 00 0000 03000000 8000 08 00                   ; AF_INET, index 3, NUD_PERMANENT, NTF_PROXY
        0800 0100 AC110009                               ; NDA_DST
        0A00 0200 0242AC110009 0000                      ; NDA_LLADDR
        """;

    private const string Connection =
        """
        8C000000 0001 0000 07000000 2A000000             ; IPCTNL_MSG_CT_NEW of ctnetlink
        02 00 0000
        3400 0180                                        ; CTA_TUPLE_ORIG
            1400 0180  0800 0100 C0A80102  0800 0200 C0A80101
            1C00 0280  0500 0100 11 000000  0600 0200 C350 0000  0600 0300 0035 0000
        3400 0280                                        ; CTA_TUPLE_REPLY: translated to 172.17.0.2:5353
            1400 0180  0800 0100 AC110002  0800 0200 C0A80102
            1C00 0280  0500 0100 11 000000  0600 0200 14E9 0000  0600 0300 C350 0000
        0800 0C00 DEADBEEF                               ; CTA_ID
        0800 0300 00000008                               ; CTA_STATUS, of no interest
        """;

    private const string Table =
        """
        28000000 020A 0000 07000000 99000000             ; NFT_MSG_DELTABLE, of port 0x99
        02 00 0001
        0C00 0100 636F7261636C6500                       ; NFTA_TABLE_NAME
        0800 0200 00000000                               ; NFTA_TABLE_FLAGS
        """;

    private const string Generation =
        """
        2C000000 0F0A 0000 07000000 99000000             ; NFT_MSG_NEWGEN
        00 00 0001
        0800 0100 00000005                               ; NFTA_GEN_ID
        0800 0200 00001234                               ; NFTA_GEN_PROC_PID
        0800 0300 6E667400                               ; NFTA_GEN_PROC_NAME
        """;

    public static TheoryData<string> Messages => [Port, Address, Route, Proxy, Connection, Table, Generation];

    [Fact]
    public void A_link_is_read_with_its_kind_and_what_its_bridge_says()
    {
        NetworkLink link = Read(Port, NetworkLink.Parse)!;
        Assert.Equal(("v0", 4, "veth", 3, 2, true), (link.Name, link.Index.Value, link.Kind, link.Master.Value, link.Parent.Value, link.ParentIsElsewhere));
        Assert.Equal((true, true, false, 1400, "02:42:ac:11:00:02", "c"), (link.IsUp, link.HasCarrier, link.IsLoopback, link.Mtu, link.Mac.ToString(), link.Alias));
        Assert.Equal((true, true, false), (link.IsIsolated, link.IsHairpin, link.IsLearning));
    }

    [Fact]
    public void An_address_a_route_and_a_neighbour_are_read()
    {
        InterfaceAddress address = Read(Address, InterfaceAddress.Parse)!;
        Assert.Equal(new InterfaceAddress(new(3), IPAddress.Parse("172.17.0.1"), 16) { SkipsDetection = true }, address);

        NetworkRoute route = Read(Route, NetworkRoute.Parse)!;
        Assert.Equal(
            new NetworkRoute(IPNetwork.Parse("10.1.0.0/16")) { Gateway = IPAddress.Parse("172.17.0.2"), Link = new(3), Metric = 5, Table = 1000, GatewayIsOnLink = true },
            route);

        Neighbour proxy = Read(Proxy, Neighbour.Parse)!;
        Assert.Equal((IPAddress.Parse("172.17.0.9"), true, true, "02:42:ac:11:00:09"), (proxy.Address, proxy.IsProxy, proxy.IsPermanent, proxy.Mac.ToString()));
    }

    [Fact]
    public void A_tracked_connection_is_read_and_deleted_by_its_own_tuple_and_id()
    {
        TrackedConnection connection = Read(Connection, TrackedConnection.Parse)!;
        Assert.Equal(new ConnectionTuple(IPAddress.Parse("192.168.1.2"), IPAddress.Parse("192.168.1.1"), 17, 50000, 53), connection.Original);
        Assert.Equal(new ConnectionTuple(IPAddress.Parse("172.17.0.2"), IPAddress.Parse("192.168.1.2"), 17, 5353, 50000), connection.Reply);

        NetlinkWriter writer = new();
        connection.WriteDelete(writer);
        Hex.AssertEqual(
            """
            50000000 0201 0500 00000000 00000000 02 00 0000
            3400 0180
                1400 0180  0800 0100 C0A80102  0800 0200 C0A80101
                1C00 0280  0500 0100 11 000000  0600 0200 C350 0000  0600 0300 0035 0000
            0800 0C00 DEADBEEF
            """,
            writer.Written);
    }

    [Theory]
    [InlineData(17, "172.17.0.2", null, 0, true)]
    [InlineData(6, "172.17.0.2", null, 0, false)]
    [InlineData(0, "172.17.0.3", null, 0, false)]
    [InlineData(17, null, "192.168.1.1", 53, true)]
    [InlineData(17, null, "192.168.1.2", 53, false)]
    [InlineData(17, null, null, 5353, false)]
    public void A_filter_matches_what_all_of_it_says(int protocol, string? address, string? destination, int port, bool matches)
    {
        ConnectionFilter filter = new()
        {
            Protocol = protocol,
            Address = address is null ? null : IPAddress.Parse(address),
            Destination = destination is null ? null : IPAddress.Parse(destination),
            DestinationPort = port,
        };
        Assert.Equal(matches, filter.Matches(Read(Connection, TrackedConnection.Parse)!));
    }

    [Fact]
    public void A_deleted_table_is_told_with_whose_doing_it_was()
    {
        Assert.Equal(new FirewallChanged(2, "coracle", FirewallObject.Table, IsGone: true) { Port = 0x99 }, Read(Table, Firewall("coracle")));
        Assert.Null(Read(Table, Firewall("filter")));
        Assert.Equal(new FirewallCommitted(0x1234, "nft") { Port = 0x99 }, Read(Generation, Firewall("coracle")));
    }

    [Theory, MemberData(nameof(Messages))]
    public void Cut_at_any_byte_a_message_is_refused_and_nothing_else_happens(string message)
    {
        byte[] whole = Hex.Parse(message);
        Walk(whole);
        for (int length = 1; length < whole.Length; length++)
        {
            Assert.Equal(Errno.EBADMSG, Assert.Throws<LinuxException>(() => Walk(whole.AsSpan(0, length))).Errno);
        }

        // The header as short as the rest: what is inside may end between two attributes, but nowhere else.
        for (int length = 16; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            BitConverter.TryWriteBytes(cut, length);
            Assert.True(Record.Exception(() => Walk(cut)) is null or LinuxException { Errno: Errno.EBADMSG }, $"{length} bytes");
        }
    }

    [Theory, MemberData(nameof(Messages))]
    public void Any_byte_may_be_any_other_and_it_is_read_or_refused(string message)
    {
        byte[] whole = Hex.Parse(message);
        for (int at = 0; at < whole.Length; at++)
        {
            foreach (byte value in (byte[])[0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0xFF])
            {
                byte[] changed = [.. whole];
                changed[at] = value;
                Assert.True(Record.Exception(() => Walk(changed)) is null or LinuxException { Errno: Errno.EBADMSG }, $"byte {at} {value:x}");
            }
        }
    }

    [Fact]
    public void A_refusal_is_read_with_the_kernels_words()
    {
        NetlinkResult result = Result(
            """
            44000000 0200 0003 07000000 2A000000         ; NLMSG_ERROR, CAPPED and ACK_TLVS
            EFFFFFFF                                     ; -EEXIST
            50000000 1000 0506 07000000 00000000         ; the request's header alone, though it was 80 bytes long
            1800 0100 6E616D6520697320616C72656164792073657400 ; NLMSGERR_ATTR_MSG
            0800 0200 14000000                           ; NLMSGERR_ATTR_OFFS
            """);
        Assert.Equal((Errno.EEXIST, "name is already set"), (result.Errno, result.Explanation));
        LinuxException thrown = Assert.Throws<LinuxException>(() => result.ThrowIfFailed("RTM_NEWLINK", "br0"));
        Assert.Equal("RTM_NEWLINK br0: EEXIST (file exists): name is already set", thrown.Message);
    }

    [Fact]
    public void A_refusal_of_an_older_kernel_carries_the_request_and_perhaps_no_words()
    {
        NetlinkResult whole = Result(
            """
            30000000 0200 0002 07000000 2A000000         ; ACK_TLVS, not CAPPED
            FFFFFFFF                                     ; -EPERM
            14000000 1000 0506 07000000 00000000 AABBCCDD ; the request, all its 20 bytes
            0800 0200 10000000
            """);
        Assert.Equal((Errno.EPERM, "attribute at byte 16"), (whole.Errno, whole.Explanation));
        Assert.True(Result("24000000 0200 0000 07000000 2A000000 00000000 10000000 1000 0506 07000000 00000000").Succeeded);
        Assert.True(Result("14000000 0300 0200 07000000 2A000000 00000000").Succeeded);
        Assert.Equal(Errno.EBUSY, Result("14000000 0300 0200 07000000 2A000000 F0FFFFFF").Errno);
    }

    [Fact]
    public void A_uevent_is_read_and_what_is_none_is_refused()
    {
        byte[] text = Encoding.UTF8.GetBytes("add@/devices/virtual/net/v0\0ACTION=add\0SUBSYSTEM=net\0INTERFACE=v0\0EMPTY=\0");
        DeviceEvent happened = DeviceEvent.Parse(text.AsSpan());
        Assert.Equal(("add", "/devices/virtual/net/v0", "net", "v0", ""), (happened.Action, happened.Path, happened.Subsystem, happened.TryGet("INTERFACE"), happened.TryGet("EMPTY")));
        Assert.Null(happened.TryGet("MAJOR"));
        for (int length = 0; length < text.Length; length++)
        {
            Assert.True((length > 0 && text[length - 1] == 0) || Record.Exception(() => DeviceEvent.Parse(text.AsSpan(0, length))) is LinuxException { Errno: Errno.EBADMSG }, $"{length}");
        }

        foreach (string wrong in (string[])["\0", "@/x\0", "add@\0", "add@x\0", "libudev\0", "add@/x\0novalue\0", "add@/x\0=v\0"])
        {
            Assert.Throws<LinuxException>(() => DeviceEvent.Parse(Encoding.UTF8.GetBytes(wrong)));
        }
    }

    private static NetlinkParse<NetworkEvent> Firewall(string table) => (in NetlinkMessage message) => NetworkEventParser.Firewall(message, table);

    private static T? Read<T>(string message, NetlinkParse<T> parse)
        where T : class
    {
        NetlinkReader reader = new(Hex.Parse(message));
        Assert.True(reader.TryRead(out NetlinkMessage first));
        T? parsed = parse(first);
        Assert.False(reader.TryRead(out _));
        return parsed;
    }

    private static NetlinkResult Result(string message)
    {
        NetlinkReader reader = new(Hex.Parse(message));
        Assert.True(reader.TryRead(out NetlinkMessage first));
        return NetlinkResult.Parse(first, 0);
    }

    /// <summary>All the parsers that may meet the message.</summary>
    private static void Walk(ReadOnlySpan<byte> datagram)
    {
        NetlinkReader reader = new(datagram);
        while (reader.TryRead(out NetlinkMessage message))
        {
            _ = NetworkLink.Parse(message);
            _ = InterfaceAddress.Parse(message);
            _ = NetworkRoute.Parse(message);
            _ = Neighbour.Parse(message);
            _ = TrackedConnection.Parse(message);
            _ = NetworkEventParser.Route(message);
            _ = NetworkEventParser.Firewall(message, null);
        }
    }
}
