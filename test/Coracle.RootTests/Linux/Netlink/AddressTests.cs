using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Coracle.Linux;

namespace Coracle.RootTests.Linux;

[Trait("Needs", "root")]
public sealed class AddressTests : IDisposable
{
    private readonly NetworkSpace _space = NetworkSpace.Create();
    private readonly LinkIndex _link;

    public AddressTests()
    {
        Route.AddVethPair(new("eth0") { Up = true }, new("peer"));
        Route.SetUp(Route.IndexOf("peer"));
        _link = Route.IndexOf("eth0");
    }

    private RouteSocket Route => _space.Route;

    public void Dispose() => _space.Dispose();

    [Fact]
    public void Addresses_come_and_go()
    {
        InterfaceAddress four = new(_link, IPAddress.Parse("172.17.0.1"), 16), six = new(_link, IPAddress.Parse("fd00::1"), 64) { SkipsDetection = true };
        Route.AddAddress(four);
        Route.AddAddress(six);

        List<JsonElement> shown = [.. Assert.Single(_space.Ip("address", "show", "dev", "eth0")).GetProperty("addr_info").EnumerateArray()];
        JsonElement shownFour = shown.Single(row => row.GetProperty("local").GetString() == "172.17.0.1");
        Assert.Equal((16, "172.17.255.255"), (shownFour.GetProperty("prefixlen").GetInt32(), shownFour.GetProperty("broadcast").GetString()));
        JsonElement shownSix = shown.Single(row => row.GetProperty("local").GetString() == "fd00::1");
        Assert.True(shownSix.GetProperty("nodad").GetBoolean());
        Assert.False(shownSix.TryGetProperty("tentative", out _));

        Assert.Equal([four, six], Route.Addresses(_link).Where(address => !address.Address.IsIPv6LinkLocal));
        Assert.DoesNotContain(Route.Addresses(Route.IndexOf("peer")), address => address.Link == _link);
        Assert.Empty(Route.Addresses(new LinkIndex(999)));
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => Route.AddAddress(four)).Errno);
        Assert.False(Route.AddAddressIfMissing(six));
        Assert.True(Route.AddAddressIfMissing(new(_link, IPAddress.Parse("10.0.0.0"), 31)));

        Assert.True(Route.RemoveAddressIfPresent(four));
        Assert.False(Route.RemoveAddressIfPresent(four));
        Assert.False(Route.RemoveAddressIfPresent(four with { Link = new(999) }));
        Assert.True(Route.RemoveAddressIfPresent(six));
        Assert.Equal(["10.0.0.0/31"], Route.Addresses(LinkIndex.None).Where(address => !address.Address.IsIPv6LinkLocal).Select(address => address.ToString()));
    }

    [Fact]
    public void Routes_come_are_replaced_and_go()
    {
        Route.AddAddress(new(_link, IPAddress.Parse("172.17.0.1"), 16));
        Route.AddAddress(new(_link, IPAddress.Parse("fd00::1"), 64) { SkipsDetection = true });
        NetworkRoute[] routes =
        [
            new(IPNetwork.Parse("0.0.0.0/0")) { Gateway = IPAddress.Parse("172.17.0.254"), Link = _link },
            new(IPNetwork.Parse("10.1.0.0/16")) { Gateway = IPAddress.Parse("172.17.0.2"), Link = _link, Metric = 5 },
            new(IPNetwork.Parse("10.2.0.0/16")) { Link = _link, Source = IPAddress.Parse("172.17.0.1") },
            new(IPNetwork.Parse("10.3.0.0/16")) { Gateway = IPAddress.Parse("192.168.9.9"), Link = _link, GatewayIsOnLink = true },
            new(IPNetwork.Parse("10.4.0.0/16")) { Link = _link, Table = 1000 },
            new(IPNetwork.Parse("::/0")) { Gateway = IPAddress.Parse("fd00::2"), Link = _link, Metric = 1024 },
        ];
        foreach (NetworkRoute route in routes)
        {
            Route.AddRoute(route);
        }

        List<NetworkRoute> read = Route.Routes(AddressFamily.Unspecified, table: 0);
        Assert.All(routes, route => Assert.Contains(route, read));
        Assert.DoesNotContain(routes[4], Route.Routes(AddressFamily.InterNetwork));
        Assert.Contains(read, route => route is { Kind: RouteKind.Local, Table: Abi.RT_TABLE_LOCAL });
        Assert.True(read.Single(route => route.IsDefault && route.Destination.BaseAddress.Equals(IPAddress.Any)) == routes[0]);
        string[] shown = [.. _space.Ip("route").Select(row => row.GetProperty("dst").GetString()!)];
        Assert.Equal(["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "172.17.0.0/16", "default"], shown.Order(StringComparer.Ordinal));

        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => Route.AddRoute(routes[0])).Errno);
        Route.ReplaceRoute(routes[0] with { Gateway = IPAddress.Parse("172.17.0.253") });
        Assert.Equal("172.17.0.253", Assert.Single(_space.Ip("route", "show", "default")).GetProperty("gateway").GetString());
        LinuxException unreachable = Assert.Throws<LinuxException>(() => Route.AddRoute(new(IPNetwork.Parse("10.9.0.0/16")) { Gateway = IPAddress.Parse("192.168.7.7") }));
        Assert.Equal((Errno.ENETUNREACH, "Nexthop has invalid gateway"), (unreachable.Errno, unreachable.Explanation));

        Assert.All(routes[1..], route => Assert.True(Route.RemoveRouteIfPresent(route)));
        Assert.All(routes[1..], route => Assert.False(Route.RemoveRouteIfPresent(route)));
        Assert.True(Route.RemoveRouteIfPresent(new(IPNetwork.Parse("0.0.0.0/0"))));
        Assert.Equal(["172.17.0.0/16"], _space.Ip("route").Select(row => row.GetProperty("dst").GetString()));
    }

    [Fact]
    public void Who_is_known_and_whom_we_answer_for()
    {
        Route.AddAddress(new(_link, IPAddress.Parse("172.17.0.1"), 16));
        IPAddress proxied = IPAddress.Parse("172.17.0.9"), known = IPAddress.Parse("172.17.0.2");
        _space.Run("ip", "neigh", "add", "172.17.0.2", "lladdr", "02:42:ac:11:00:02", "dev", "eth0");
        Route.AddNeighbourProxy(_link, proxied);
        Route.AddNeighbourProxy(_link, proxied);
        Route.AddNeighbourProxy(_link, IPAddress.Parse("fd00::9"));

        Neighbour neighbour = Assert.Single(Route.Neighbours(_link), one => one.Address.Equals(known));
        Assert.Equal(("02:42:ac:11:00:02", true, false), (neighbour.Mac.ToString(), neighbour.IsPermanent, neighbour.IsProxy));
        Assert.Equal(["172.17.0.9", "fd00::9"], Route.NeighbourProxies(_link).Select(one => one.Address.ToString()).Order(StringComparer.Ordinal));
        Assert.Contains("172.17.0.9", _space.Run("ip", "neigh", "show", "proxy"), StringComparison.Ordinal);

        Assert.True(Route.RemoveNeighbourProxyIfPresent(_link, proxied));
        Assert.False(Route.RemoveNeighbourProxyIfPresent(_link, proxied));
        Assert.True(Route.RemoveNeighbourIfPresent(_link, known));
        Assert.False(Route.RemoveNeighbourIfPresent(_link, known));
        Assert.False(Route.RemoveNeighbourIfPresent(new(999), known));
    }
}
