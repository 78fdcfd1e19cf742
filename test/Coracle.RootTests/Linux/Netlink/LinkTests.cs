using System.Text.Json;
using Coracle.Linux;

namespace Coracle.RootTests.Linux;

/// <summary>What we make is what iproute2 then shows.</summary>
[Trait("Needs", "root")]
public sealed class LinkTests : IDisposable
{
    private readonly NetworkSpace _here = NetworkSpace.Create(), _there = NetworkSpace.Create();

    private RouteSocket Route => _here.Route;

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public void A_bridge_has_its_options_and_goes_again()
    {
        Route.AddBridge("br-0123456789ab", new() { Mac = NetworkSpace.Mac("02:42:ac:11:00:01"), Mtu = 1400, MulticastSnooping = false, Up = true });

        JsonElement shown = Assert.Single(_here.Ip("link", "show", "br-0123456789ab"));
        Assert.Equal(("02:42:ac:11:00:01", 1400, "bridge"), (Text(shown, "address"), shown.GetProperty("mtu").GetInt32(), Text(shown.GetProperty("linkinfo"), "info_kind")));
        Assert.Equal(0, shown.GetProperty("linkinfo").GetProperty("info_data").GetProperty("mcast_snooping").GetInt32());
        NetworkLink link = Route.TryFindLink("br-0123456789ab")!;
        Assert.Equal(("bridge", true, 1400, "02:42:ac:11:00:01"), (link.Kind, link.IsUp, link.Mtu, link.Mac.ToString()));

        Assert.True(Route.DeleteLinkIfPresent("br-0123456789ab"));
        Assert.False(Route.DeleteLinkIfPresent("br-0123456789ab"));
        Assert.Null(Route.TryFindLink(link.Index));
        _here.AssertEmpty();
    }

    [Fact]
    public void A_veth_pair_is_made_in_its_two_namespaces_by_one_message()
    {
        Route.AddBridge("br0", new() { Up = true });
        LinkIndex bridge = Route.IndexOf("br0");
        Route.AddVethPair(
            new("veth1") { Mtu = 1400, Mac = NetworkSpace.Mac("02:42:00:00:00:01"), Master = bridge, Up = true },
            new("eth0") { Mtu = 1400, Mac = NetworkSpace.Mac("02:42:ac:11:00:02"), Space = _there.Handle });
        _there.Route.SetUp(_there.Route.IndexOf("eth0"));

        JsonElement shown = Assert.Single(_here.Ip("link", "show", "veth1"));
        Assert.Equal(("br0", "02:42:00:00:00:01", 1400), (Text(shown, "master"), Text(shown, "address"), shown.GetProperty("mtu").GetInt32()));
        JsonElement other = Assert.Single(_there.Ip("link", "show", "eth0"));
        Assert.Equal(("02:42:ac:11:00:02", 1400), (Text(other, "address"), other.GetProperty("mtu").GetInt32()));
        NetworkLink port = Route.TryFindLink("veth1")!, peer = _there.Route.TryFindLink("eth0")!;
        Assert.Equal((bridge, true, true, true, "veth"), (port.Master, port.IsUp, port.HasCarrier, port.ParentIsElsewhere, port.Kind));
        Assert.Equal((true, true, port.Index), (peer.IsUp, peer.HasCarrier, peer.Parent));

        Assert.True(_there.Route.DeleteLinkIfPresent(peer.Index));
        Assert.Null(Route.TryFindLink("veth1"));
        _there.AssertEmpty();
    }

    [Fact]
    public void A_bridge_with_a_chosen_mtu_does_not_follow_its_ports()
    {
        Route.AddBridge("fixed", new() { Mtu = 1500 });
        Route.AddBridge("chosen", new() { Mtu = 1450 });
        Route.AddBridge("free", new());
        foreach (string bridge in (string[])["chosen", "free"])
        {
            Route.AddVethPair(new(bridge + "-a") { Mtu = 1300, Master = Route.IndexOf(bridge) }, new(bridge + "-b"));
        }

        Assert.Equal((1500, 1450, 1300), (Route.TryFindLink("fixed")!.Mtu, Route.TryFindLink("chosen")!.Mtu, Route.TryFindLink("free")!.Mtu));
    }

    [Fact]
    public void A_macvlan_appears_in_the_sandbox_of_a_parent_that_stays()
    {
        Route.AddVethPair(new("eth7") { Up = true }, new("wire"));
        LinkIndex parent = Route.IndexOf("eth7");
        foreach (MacvlanMode mode in Enum.GetValues<MacvlanMode>())
        {
            Route.AddMacvlan(new("eth0") { Space = _there.Handle, Mac = NetworkSpace.Mac("02:42:ac:11:00:07"), Up = true }, parent, mode);
            JsonElement shown = Assert.Single(_there.Ip("link", "show", "eth0"));
            Assert.Equal(mode.ToString().ToLowerInvariant(), Text(shown.GetProperty("linkinfo").GetProperty("info_data"), "mode"));
            NetworkLink link = _there.Route.TryFindLink("eth0")!;
            Assert.Equal(("macvlan", parent, true), (link.Kind, link.Parent, link.ParentIsElsewhere));
            Assert.True(_there.Route.DeleteLinkIfPresent("eth0"));
        }
    }

    /// <summary>Modules that not every kernel has: made as iproute2 shows it, or refused in the kernel's words.</summary>
    [Theory]
    [InlineData("ipvlan")]
    [InlineData("vlan")]
    [InlineData("dummy")]
    public void Other_kinds_are_made_where_the_kernel_has_them(string kind)
    {
        Route.AddVethPair(new("eth7") { Up = true }, new("wire"));
        LinkIndex parent = Route.IndexOf("eth7");
        Exception? refusal = Record.Exception(() => Make(kind, parent));
        if (refusal is LinuxException { Errno: Errno.EOPNOTSUPP } unknown)
        {
            Assert.Equal("Unknown device type", unknown.Explanation);
            return;
        }

        Assert.Null(refusal);
        Assert.Equal(kind, Text(Assert.Single(_here.Ip("link", "show", "new.10")).GetProperty("linkinfo"), "info_kind"));
    }

    [Fact]
    public void An_interface_is_changed_in_every_way()
    {
        Route.AddBridge("br0", new() { Up = true });
        Route.AddVethPair(new("a"), new("b"));
        LinkIndex link = Route.IndexOf("a"), bridge = Route.IndexOf("br0");
        Route.Rename(link, "eth0.10");
        Route.SetAlias(link, "of db, größer");
        Route.SetMtu(link, 9000);
        Route.SetMac(link, NetworkSpace.Mac("02:42:00:00:00:99"));
        Route.SetMaster(link, bridge);
        Route.SetUp(link);
        Route.SetBridgePort(link, new() { Isolated = true, Hairpin = true, Learning = false });

        JsonElement shown = Assert.Single(_here.Ip("link", "show", "eth0.10"));
        JsonElement port = shown.GetProperty("linkinfo").GetProperty("info_slave_data");
        Assert.Equal(("of db, größer", "02:42:00:00:00:99", "br0", 9000), (Text(shown, "ifalias"), Text(shown, "address"), Text(shown, "master"), shown.GetProperty("mtu").GetInt32()));
        Assert.Equal((true, true, false), (port.GetProperty("isolated").GetBoolean(), port.GetProperty("hairpin").GetBoolean(), port.GetProperty("learning").GetBoolean()));
        NetworkLink read = Route.TryFindLink(link)!;
        Assert.Equal((true, true, false, "of db, größer", true), (read.IsIsolated, read.IsHairpin, read.IsLearning, read.Alias, read.IsUp));

        Route.SetBridgePort(link, new() { Isolated = false });
        Route.SetAlias(link, "");
        read = Route.TryFindLink(link)!;
        Assert.Equal((false, true, ""), (read.IsIsolated, read.IsHairpin, read.Alias));

        Route.SetMaster(link, LinkIndex.None);
        Route.SetDown(link);
        Route.MoveTo(link, _there.Handle, "eth0");
        Assert.Null(Route.TryFindLink("eth0.10"));
        NetworkLink moved = _there.Route.TryFindLink("eth0")!;
        Assert.Equal((false, LinkIndex.None, 9000), (moved.IsUp, moved.Master, moved.Mtu));
    }

    [Fact]
    public void A_refusal_has_the_kernels_words_and_leaves_nothing()
    {
        Route.AddBridge("br0", new());
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => Route.AddBridge("br0", new())).Errno);

        LinuxException tooLong = Assert.Throws<LinuxException>(() => Route.AddBridge("br1", new() { Mtu = 70_000 }));
        Assert.Equal((Errno.EINVAL, "mtu greater than device maximum"), (tooLong.Errno, tooLong.Explanation));
        Assert.Equal("RTM_SETLINK br1 mtu 70000: EINVAL (invalid argument): mtu greater than device maximum", tooLong.Message);
        Assert.Null(Route.TryFindLink("br1"));

        Assert.Equal(Errno.EADDRNOTAVAIL, Assert.Throws<LinuxException>(() => Route.AddBridge("br2", new() { Mac = NetworkSpace.Mac("01:00:5e:00:00:01") })).Errno);
        Assert.Throws<LinuxException>(() => Route.AddVethPair(new("v0") { Master = new(999) }, new("eth0") { Space = _there.Handle }));
        Assert.Equal(Errno.ENODEV, Assert.Throws<LinuxException>(() => Route.SetUp(new(999))).Errno);
        Assert.Equal(Errno.ENODEV, Assert.Throws<LinuxException>(() => Route.IndexOf("eth9")).Errno);
        Assert.Equal(["lo", "br0"], Route.Links().Select(link => link.Name));
        _there.AssertEmpty();
    }

    [Fact]
    public void A_long_list_is_whole_while_others_change_it()
    {
        for (int i = 0; i < 60; i++)
        {
            Route.AddVethPair(new($"a{i}"), new($"b{i}"));
        }

        bool ends = false;
        using RouteSocket others = RouteSocket.OpenIn(_here.Handle);
        var changes = new Thread(() =>
        {
            for (int i = 0; !Volatile.Read(ref ends) && i < 2000; i++)
            {
                others.AddBridge("flicker", new());
                others.DeleteLinkIfPresent("flicker");
            }
        });
        changes.Start();
        try
        {
            for (int turn = 0; turn < 50; turn++)
            {
                Assert.Equal(121, Route.Links().Count(link => link.Name != "flicker"));
            }
        }
        finally
        {
            Volatile.Write(ref ends, true);
            changes.Join();
        }
    }

    [Fact]
    public void What_went_through_is_counted()
    {
        Route.SetUp(new LinkIndex(1));
        _here.Run("python3", "-c", "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); s.sendto(b'x' * 100, s.getsockname())");
        LinkStatistics lo = Assert.Single(Route.Links()).Statistics;
        Assert.Equal((1ul, 1ul, 0ul), (lo.ReceivedPackets, lo.SentPackets, lo.ReceivesDropped));
        Assert.True(lo.SentBytes == lo.ReceivedBytes && lo.SentBytes >= 128);
    }

    private void Make(string kind, LinkIndex parent)
    {
        switch (kind)
        {
            case "ipvlan":
                Route.AddIpvlan(new("new.10"), parent, IpvlanMode.L3S);
                break;
            case "vlan":
                Route.AddVlan(new("new.10"), parent, 10);
                break;
            default:
                Route.AddDummy(new("new.10"));
                break;
        }
    }

    private static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();
}
