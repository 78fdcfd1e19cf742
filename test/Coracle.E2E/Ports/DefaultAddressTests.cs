namespace Coracle.E2E;

/// <summary>An engine that publishes on 127.0.0.1 unless told otherwise.</summary>
public sealed class PrivateHost : PortHost
{
    private protected override Task<NetworkHost> StartAsync() => StartAsync("--ip", "127.0.0.1", "--icc=false");
}

/// <summary>daemon --ip 127.0.0.1: ports are the host's own until somebody names another address; and --icc=false on the default network.</summary>
public sealed class DefaultAddressTests(PrivateHost host) : PortTest(host), IClassFixture<PrivateHost>
{
    [Fact]
    public async Task A_port_without_an_address_is_the_hosts_alone()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        Assert.Equal("80/tcp -> 127.0.0.1:8080", await Docker.SayAsync("port", "web"));
        Assert.StartsWith("web ", await Wire.FromHostAsync("tcp", "127.0.0.1", Port), StringComparison.Ordinal);
        Assert.Equal("connect: ECONNREFUSED", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.Equal("connect: ECONNREFUSED", await Wire.FromOutsideAsync("tcp", NetworkHost.AddressIPv6, Port));
    }

    [Fact]
    public async Task A_port_with_an_address_is_there()
    {
        await Wire.ServeAsync("web", "80", "-p", $"0.0.0.0:{Port}:80");
        Assert.Equal("80/tcp -> 0.0.0.0:8080", await Docker.SayAsync("port", "web"));
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    [Fact]
    public async Task A_network_may_say_otherwise()
    {
        await Docker.SayAsync("network", "create", "-o", $"com.docker.network.bridge.host_binding_ipv4={NetworkHost.Address}", "public");
        await Wire.ServeAsync("web", "80", "--network", "public", "-p", $"{Port}:80");
        Assert.Equal($"80/tcp -> {NetworkHost.Address}:8080", await Docker.SayAsync("port", "web"));
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    [Fact]
    public async Task Neighbours_on_the_default_network_do_not_reach_each_other()
    {
        await Wire.ServeAsync("web", "80");
        await Wire.AskerAsync("peer");
        Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("peer", "tcp", await AddressAsync("web"), 80));
        Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("peer", "tcp", await AddressAsync("web", field: "GlobalIPv6Address"), 80));
    }
}
