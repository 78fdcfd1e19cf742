namespace Coracle.E2E;

/// <summary>Who must not reach a container: other networks, neighbours where icc is false, and the world where nothing is published.</summary>
public sealed class IsolationTests(PortHost host) : PortTest(host), IClassFixture<PortHost>
{
    [Fact]
    public async Task Containers_of_two_networks_do_not_reach_each_other()
    {
        await Docker.SayAsync("network", "create", "--ipv6", "--subnet", "fd00:78::/64", "one");
        await Docker.SayAsync("network", "create", "--ipv6", "--subnet", "fd00:79::/64", "two");
        await Wire.ServeAsync("web", "80", "--network", "one", "-p", $"{Port}:80"); // what is published is so by the host's address alone
        await Wire.AskerAsync("near", "--network", "one");
        await Wire.AskerAsync("far", "--network", "two");
        await Wire.AskerAsync("default");
        foreach (string address in (string[])[await AddressAsync("web", "one"), await AddressAsync("web", "one", "GlobalIPv6Address")])
        {
            Assert.StartsWith("web ", await Wire.FromContainerAsync("near", "tcp", address, 80), StringComparison.Ordinal);
            Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("far", "tcp", address, 80));
            Assert.Equal("receive: no answer", await Wire.FromContainerAsync("far", "udp", address, 80));
            Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("default", "tcp", address, 80));
        }
    }

    [Fact]
    public async Task A_container_of_both_networks_is_reached_from_both_and_passes_nothing_on()
    {
        await Docker.SayAsync("network", "create", "one");
        await Docker.SayAsync("network", "create", "two");
        await Wire.ServeAsync("both", "80", "--network", "one", "--sysctl", "net.ipv4.ip_forward=0");
        await Docker.SayAsync("network", "connect", "two", "both");
        await Wire.AskerAsync("first", "--network", "one");
        await Wire.AskerAsync("second", "--network", "two");
        Assert.StartsWith("both ", await Wire.FromContainerAsync("first", "tcp", await AddressAsync("both", "one"), 80), StringComparison.Ordinal);
        Assert.StartsWith("both ", await Wire.FromContainerAsync("second", "tcp", await AddressAsync("both", "two"), 80), StringComparison.Ordinal);
        Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("second", "tcp", await AddressAsync("both", "one"), 80));
    }

    [Fact]
    public async Task With_icc_false_neighbours_do_not_reach_each_other_and_the_world_goes_on()
    {
        await Docker.SayAsync("network", "create", "-o", "com.docker.network.bridge.enable_icc=false", "--ipv6", "--subnet", "fd00:78::/64", "apart");
        await Wire.ServeAsync("web", "80", "--network", "apart", "-p", $"{Port}:80");
        await Wire.ServeAsync("peer", "80", "--network", "apart");
        foreach (string field in (string[])["IPAddress", "GlobalIPv6Address"])
        {
            Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("peer", "tcp", await AddressAsync("web", "apart", field), 80));
            Assert.Equal("receive: no answer", await Wire.FromContainerAsync("web", "udp", await AddressAsync("peer", "apart", field), 80));
        }

        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        (await Docker.RunAsync("exec", "peer", "ping", "-c", "1", "-W", "5", NetworkHost.OutsideAddress)).Succeeds();
    }

    /// <summary>
    /// A neighbour behind the same bridge port isolation could send by way of the host: its gateway's hardware address and the other's IP.
    /// </summary>
    /// <remarks>dockerd 20.10 has a rule for the bridge itself and drops this too.</remarks>
    [Fact]
    public async Task With_icc_false_the_way_by_the_host_is_closed_as_well()
    {
        await Docker.SayAsync("network", "create", "-o", "com.docker.network.bridge.enable_icc=false", "apart");
        await Wire.ServeAsync("web", "80", "--network", "apart");
        await Wire.AskerAsync("peer", "--network", "apart", "--cap-add", "NET_ADMIN");
        string address = await AddressAsync("web", "apart"), gateway = await AddressAsync("peer", "apart", "Gateway");
        await Docker.SayAsync("exec", "peer", "sh", "-ec", $"ip route add {address}/32 via {gateway}");
        Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("peer", "tcp", address, 80));
    }

    [Fact]
    public async Task What_is_not_published_is_not_reached_from_outside_by_a_route_to_the_network()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:81");
        await using Route route = await Route.AddAsync(this, "web");
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", await AddressAsync("web"), 80));
        Assert.Equal("receive: no answer", await Wire.FromOutsideAsync("udp", await AddressAsync("web"), 80));
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", await AddressAsync("web", field: "GlobalIPv6Address"), 80));
    }

    /// <remarks>dockerd 20.10 lets these pass (docs/differences.md); 28 does as we do.</remarks>
    [Fact, Trait("Engine", "coracle")]
    public async Task What_is_published_is_reached_by_the_hosts_address_alone()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80", "-p", $"127.0.0.1:{Port + 1}:81");
        await using Route route = await Route.AddAsync(this, "web");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", await AddressAsync("web"), 80));
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", await AddressAsync("web"), 81));
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", await AddressAsync("web", field: "GlobalIPv6Address"), 80));
    }

    /// <summary>The outside knows the way to the default network.</summary>
    private sealed class Route(NetworkHost host) : IAsyncDisposable
    {
        public static async Task<Route> AddAsync(IsolationTests test, string container)
        {
            string four = await test.AddressAsync(container), six = await test.AddressAsync(container, field: "GlobalIPv6Address");
            (await test.Host.OutsideAsync("sh", "-ec",
                $"ip route add {four} via {NetworkHost.Address}; ip -6 route add {six} via {NetworkHost.AddressIPv6}")).Succeeds();
            return new Route(test.Host);
        }

        public async ValueTask DisposeAsync() => (await host.OutsideAsync("sh", "-ec",
            $"ip route flush via {NetworkHost.Address}; ip -6 route flush via {NetworkHost.AddressIPv6}")).Succeeds();
    }
}
