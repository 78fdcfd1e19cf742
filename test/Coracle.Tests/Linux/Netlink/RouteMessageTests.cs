using System.Net;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>
/// What is said to the kernel, byte by byte. Where iproute2 6.1 has the same order it says the same (looked at with strace), but for
/// the place of a namespace, which it gives as a pid and we as a descriptor.
/// </summary>
public sealed class RouteMessageTests : IDisposable
{
    private static readonly LinkIndex _bridge = new(3), _port = new(4);

    private readonly List<byte[]> _said = [];
    private readonly RouteSocket _route;

    public RouteMessageTests() => _route = new RouteSocket(batch =>
    {
        _said.Add(batch.Written.ToArray());
        return default;
    });

    public void Dispose() => _route.Dispose();

    [Fact]
    public void A_bridge() // ip link add br0 address 02:42:ac:11:00:01 type bridge mcast_snooping 0
    {
        _route.AddBridge("br0", new() { Mac = Mac("02:42:ac:11:00:01"), MulticastSnooping = false });
        Said("""
            50000000 1000 0506 00000000 00000000         ; RTM_NEWLINK, REQUEST ACK EXCL CREATE
            00 00 0000 00000000 00000000 00000000        ; struct ifinfomsg: nothing of it
            0A00 0100 0242AC110001 0000                  ; IFLA_ADDRESS
            0800 0300 62723000                           ; IFLA_IFNAME
            1C00 1200                                    ; IFLA_LINKINFO
                0A00 0100 627269646765 0000              ; IFLA_INFO_KIND bridge
                0C00 0200                                ; IFLA_INFO_DATA
                    0500 1700 00 000000                  ; IFLA_BR_MCAST_SNOOPING
            """);
    }

    [Fact]
    public void A_bridges_mtu_is_said_once_more_so_that_its_ports_do_not_change_it()
    {
        _route.AddBridge("br0", new() { Mtu = 1400, Up = true });
        Said(
            """
            38000000 1000 0506 00000000 00000000
            00 00 0000 00000000 01000000 01000000        ; IFF_UP, and that it is meant
            0800 0300 62723000
            1000 1200
                0A00 0100 627269646765 0000
            """,
            """
            30000000 1300 0500 00000000 00000000         ; RTM_SETLINK
            00 00 0000 00000000 00000000 00000000
            0800 0300 62723000
            0800 0400 78050000                           ; IFLA_MTU
            """);
    }

    [Fact]
    public void A_veth_pair_with_its_other_end_elsewhere() // ip link add v0 mtu 1400 type veth peer name eth0 address … mtu 1400 netns N
    {
        using var space = new Microsoft.Win32.SafeHandles.SafeFileHandle(0x2243, ownsHandle: false);
        _route.AddVethPair(new("v0") { Mtu = 1400 }, new("eth0") { Mtu = 1400, Mac = Mac("02:42:ac:11:00:02"), Space = space });
        Said("""
            7C000000 1000 0506 00000000 00000000
            00 00 0000 00000000 00000000 00000000
            0800 0400 78050000                           ; IFLA_MTU
            0700 0300 763000 00                          ; IFLA_IFNAME
            4C00 1200                                    ; IFLA_LINKINFO
                0800 0100 76657468                       ; IFLA_INFO_KIND veth
                4000 0200                                ; IFLA_INFO_DATA
                    3C00 0100                            ; VETH_INFO_PEER: a link as above
                        00 00 0000 00000000 00000000 00000000
                        0A00 0100 0242AC110002 0000      ; IFLA_ADDRESS
                        0800 0400 78050000               ; IFLA_MTU
                        0800 1C00 43220000               ; IFLA_NET_NS_FD
                        0900 0300 6574683000 000000      ; IFLA_IFNAME
            """);
    }

    [Fact]
    public void The_other_end_of_a_pair_cannot_be_opened_before_there_is_a_pair()
    {
        Assert.Throws<ArgumentException>(() => _route.AddVethPair(new("a"), new("b") { Up = true }));
        Assert.Throws<ArgumentException>(() => _route.AddVethPair(new("a"), new("b") { Master = _bridge }));
        Assert.Empty(_said);
    }

    [Fact]
    public void A_port_of_a_bridge_from_the_beginning()
    {
        _route.AddDummy(new("d0") { Master = _bridge, Up = true });
        Said("""
            40000000 1000 0506 00000000 00000000
            00 00 0000 00000000 01000000 01000000
            0800 0A00 03000000                           ; IFLA_MASTER
            0700 0300 643000 00
            1000 1200
                0900 0100 64756D6D79 000000              ; dummy
            """);
    }

    [Fact]
    public void Interfaces_on_top_of_another()
    {
        _route.AddMacvlan(new("mv0"), _bridge, MacvlanMode.Bridge); // ip link add mv0 link br0 type macvlan mode bridge
        _route.AddIpvlan(new("iv0"), _bridge, IpvlanMode.L3S);
        _route.AddVlan(new("e.10"), _bridge, 10);
        Said(
            """
            4C000000 1000 0506 00000000 00000000
            00 00 0000 00000000 00000000 00000000
            0800 0500 03000000                           ; IFLA_LINK
            0800 0300 6D763000
            1C00 1200
                0B00 0100 6D6163766C616E 00              ; macvlan
                0C00 0200
                    0800 0100 04000000                   ; IFLA_MACVLAN_MODE: bridge
            """,
            """
            4C000000 1000 0506 00000000 00000000
            00 00 0000 00000000 00000000 00000000
            0800 0500 03000000
            0800 0300 69763000
            1C00 1200
                0A00 0100 6970766C616E 0000              ; ipvlan
                0C00 0200
                    0600 0100 0200 0000                  ; IFLA_IPVLAN_MODE: l3s
            """,
            """
            4C000000 1000 0506 00000000 00000000
            00 00 0000 00000000 00000000 00000000
            0800 0500 03000000
            0900 0300 652E313000 000000
            1800 1200
                0800 0100 766C616E                       ; vlan
                0C00 0200
                    0600 0100 0A00 0000                  ; IFLA_VLAN_ID
            """);
    }

    [Fact]
    public void Changes_of_an_interface()
    {
        _route.SetMaster(_port, _bridge); // ip says RTM_NEWLINK without CREATE, which is the same
        _route.SetUp(_bridge);
        _route.SetDown(_bridge);
        _route.SetBridgePort(_port, new() { Isolated = true, Learning = false }); // bridge link set dev v0 isolated on learning off
        _route.SetAlias(_port, "db");
        Assert.True(_route.DeleteLinkIfPresent(_bridge)); // ip link del br0
        Said(
            "28000000 1300 0500 00000000 00000000  00 00 0000 04000000 00000000 00000000  0800 0A00 03000000",
            "20000000 1300 0500 00000000 00000000  00 00 0000 03000000 01000000 01000000",
            "20000000 1300 0500 00000000 00000000  00 00 0000 03000000 00000000 01000000",
            """
            34000000 1300 0500 00000000 00000000
            07 00 0000 04000000 00000000 00000000        ; AF_BRIDGE
            1400 0C80                                    ; IFLA_PROTINFO, marked as a nest
                0500 2100 01 000000                      ; IFLA_BRPORT_ISOLATED
                0500 0800 00 000000                      ; IFLA_BRPORT_LEARNING
            """,
            "28000000 1300 0500 00000000 00000000  00 00 0000 04000000 00000000 00000000  0600 1400 6462 0000",
            "20000000 1100 0500 00000000 00000000  00 00 0000 03000000 00000000 00000000");
    }

    [Fact]
    public void Addresses()
    {
        _route.AddAddress(new(_bridge, IPAddress.Parse("172.17.0.1"), 16)); // ip addr add 172.17.0.1/16 broadcast 172.17.255.255 dev br0
        _route.AddAddress(new(_bridge, IPAddress.Parse("fd00::1"), 64) { SkipsDetection = true }); // ip addr add fd00::1/64 dev br0 nodad
        Assert.True(_route.RemoveAddressIfPresent(new(_bridge, IPAddress.Parse("172.17.0.1"), 16)));
        Assert.True(_route.AddAddressIfMissing(new(_bridge, IPAddress.Parse("10.0.0.0"), 31)));
        Said(
            """
            30000000 1400 0506 00000000 00000000
            02 10 00 00 03000000                         ; AF_INET, /16, no flags, universe, index 3
            0800 0200 AC110001                           ; IFA_LOCAL
            0800 0100 AC110001                           ; IFA_ADDRESS: another one only on a point-to-point link
            0800 0400 AC11FFFF                           ; IFA_BROADCAST
            """,
            """
            40000000 1400 0506 00000000 00000000
            0A 40 02 00 03000000                         ; AF_INET6, /64, IFA_F_NODAD
            1400 0200 FD000000000000000000000000000001
            1400 0100 FD000000000000000000000000000001
            """,
            "28000000 1500 0500 00000000 00000000  02 10 00 00 03000000  0800 0200 AC110001  0800 0100 AC110001",
            "28000000 1400 0506 00000000 00000000  02 1F 00 00 03000000  0800 0200 0A000000  0800 0100 0A000000");
    }

    [Fact]
    public void Routes()
    {
        // ip route add 10.1.0.0/16 via 172.17.0.2 dev br0 metric 5
        _route.AddRoute(new(IPNetwork.Parse("10.1.0.0/16")) { Gateway = IPAddress.Parse("172.17.0.2"), Link = _bridge, Metric = 5 });
        _route.ReplaceRoute(new(IPNetwork.Parse("::/0")) { Gateway = IPAddress.Parse("fe80::1"), Link = _bridge, Table = 1000, GatewayIsOnLink = true });
        Assert.True(_route.RemoveRouteIfPresent(new(IPNetwork.Parse("0.0.0.0/0")) { Link = _bridge }));
        _route.AddRoute(new(IPNetwork.Parse("10.2.0.0/16")) { Link = _bridge, Source = IPAddress.Parse("10.2.0.1") });
        Said(
            """
            3C000000 1800 0506 00000000 00000000
            02 10 00 00 FE 03 00 01 00000000             ; AF_INET, /16, main, boot, universe, unicast
            0800 0100 0A010000                           ; RTA_DST
            0800 0500 AC110002                           ; RTA_GATEWAY
            0800 0600 05000000                           ; RTA_PRIORITY
            0800 0400 03000000                           ; RTA_OIF
            """,
            """
            40000000 1800 0505 00000000 00000000         ; REPLACE, not EXCL
            0A 00 00 00 FC 03 00 01 04000000             ; RT_TABLE_COMPAT: a number of more than 8 bits is below; ONLINK
            1400 0500 FE800000000000000000000000000001
            0800 0400 03000000
            0800 0F00 E8030000                           ; RTA_TABLE
            """,
            "24000000 1900 0500 00000000 00000000  02 00 00 00 FE 00 FF 00 00000000  0800 0400 03000000",
            """
            34000000 1800 0506 00000000 00000000
            02 10 00 00 FE 03 FD 01 00000000             ; scope link: no gateway
            0800 0100 0A020000
            0800 0700 0A020001                           ; RTA_PREFSRC
            0800 0400 03000000
            """);
    }

    [Fact]
    public void A_neighbour_we_answer_for() // ip neigh add proxy 172.17.0.9 dev br0
    {
        _route.AddNeighbourProxy(_bridge, IPAddress.Parse("172.17.0.9"));
        Said("""
            24000000 1C00 0505 00000000 00000000         ; twice is once: REPLACE, where ip says EXCL
            02 00 0000 03000000 0000 08 00               ; NTF_PROXY
            0800 0100 AC110009                           ; NDA_DST
            """);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a:1")]
    [InlineData("eth%d")]
    [InlineData("sixteen-letters-")]
    [InlineData("ä")]
    public void What_is_no_name_is_refused_before_the_kernel_hears_of_it(string name)
    {
        Assert.False(InterfaceName.IsValid(name));
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _route.AddDummy(new(name))).Errno);
        Assert.Throws<LinuxException>(() => NetworkSysctl.OfLink("ipv4", name, "forwarding"));
        Assert.False(_route.DeleteLinkIfPresent(name));
        Assert.Empty(_said);
    }

    [Fact]
    public void A_setting_is_a_path_of_names_and_a_dot_is_part_of_one()
    {
        Assert.Equal("ipv4/conf/eth0.10/route_localnet", NetworkSysctl.OfLink("ipv4", "eth0.10", "route_localnet").Path);
        Assert.Equal("ipv4/ip_forward", NetworkSysctl.Of("ipv4", "ip_forward").Path);
        Assert.Equal("ipv6/neigh/default/gc_thresh1", NetworkSysctl.OfNeighbours("ipv6", "default", "gc_thresh1").Path);
        foreach (string word in (string[])["", "..", "a/b", "A", "a.b", "a\0"])
        {
            Assert.Throws<LinuxException>(() => NetworkSysctl.Of(word, "ip_forward"));
            Assert.Throws<LinuxException>(() => NetworkSysctl.Of("ipv4", word));
        }
    }

    [Fact]
    public void A_mac_address_is_six_bytes_in_the_order_they_are_written()
    {
        Assert.True(MacAddress.TryParse("02:42:AC:11:00:ff", out MacAddress address));
        Assert.Equal("02:42:ac:11:00:ff", address.ToString());
        Assert.Equal(address, new MacAddress([0x02, 0x42, 0xAC, 0x11, 0x00, 0xFF]));
        Assert.True(MacAddress.TryParse("02-42-ac-11-00-ff", out MacAddress dashed) && dashed == address && address.IsStation);
        Assert.False(Mac("01:00:5e:00:00:01").IsStation || default(MacAddress).IsStation);
        foreach (string wrong in (string[])["", "02:42:ac:11:00", "02:42:ac:11:00:ff:00", "0242ac1100ff", "02:42:ac:11:00-ff", "02:42:ac:11:00:fg", "+2:42:ac:11:00:ff", " 2:42:ac:11:00:ff"])
        {
            Assert.False(MacAddress.TryParse(wrong, out _), wrong);
        }
    }

    private static MacAddress Mac(string text) => MacAddress.TryParse(text, out MacAddress address) ? address : throw new FormatException(text);

    /// <summary>The messages so far, in order, and no others.</summary>
    private void Said(params string[] messages)
    {
        Assert.Equal(messages.Length, _said.Count);
        for (int i = 0; i < messages.Length; i++)
        {
            Hex.AssertEqual(messages[i], _said[i]);
        }
    }
}
