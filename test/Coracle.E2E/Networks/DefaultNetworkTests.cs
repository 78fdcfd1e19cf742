namespace Coracle.E2E;

/// <summary>What the engine's own options make of the default network. Each has a host of its own.</summary>
public sealed class DefaultNetworkTests(NetworkStage stage) : NetworkTest(stage)
{
    private static string Link => Engine.Kind == EngineKind.Docker ? "docker0" : "coracle0";

    [Fact]
    public async Task A_container_without_wishes_is_on_the_default_network()
    {
        await Host.SleeperAsync("ann");
        await Host.SleeperAsync("bob");
        Assert.Equal("172.17.0.2 172.17.0.2 16 172.17.0.1", await InspectAsync(
            "ann", "{{with .NetworkSettings}}{{.IPAddress}} {{with .Networks.bridge}}{{.IPAddress}} {{.IPPrefixLen}} {{.Gateway}}{{end}}{{end}}"));
        await InAsync("ann", $"ping -c 1 -W 2 172.17.0.3 && ping -c 1 -W 2 172.17.0.1 && ping -c 1 -W 2 {NetworkHost.OutsideAddress}");
    }

    [Fact]
    public async Task Its_address_its_range_its_MTU_and_icc_are_the_engines_options()
    {
        NetworkHost host = await StartHostAsync("--bip", "10.96.0.1/24", "--fixed-cidr", "10.96.0.128/25", "--mtu", "1404", "--icc=false", "--default-gateway", "10.96.0.7");
        Assert.True((await host.FactsAsync()).Has($"address: {Link} 10.96.0.1/24"));
        Assert.Equal("{10.96.0.0/24 10.96.0.128/25 10.96.0.7}", await host.Docker.SayAsync(
            "network", "inspect", "--format", "{{with index .IPAM.Config 0}}{{printf \"{%s %s %s}\" .Subnet .IPRange (index .AuxAddress \"DefaultGatewayIPv4\")}}{{end}}", "bridge"));
        await host.SleeperAsync("ann");
        await host.SleeperAsync("bob");
        string link = await host.Docker.SayAsync("exec", "ann", "ip", "addr", "show", "eth0");
        Assert.Contains("mtu 1404", link, StringComparison.Ordinal);
        Assert.Contains("inet 10.96.0.128/24", link, StringComparison.Ordinal);
        Assert.Contains("default via 10.96.0.7", await host.Docker.SayAsync("exec", "ann", "ip", "route"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await host.Docker.RunAsync("exec", "ann", "ping", "-c", "1", "-W", "1", "10.96.0.129")).ExitCode);
        await host.Docker.SayAsync("exec", "ann", "ping", "-c", "1", "-W", "2", "10.96.0.1");
    }

    [Fact]
    public async Task It_has_IPv6_when_the_engine_is_told_so_and_masquerades_only_then_when_it_may()
    {
        NetworkHost host = await StartHostAsync("--ipv6", "--fixed-cidr-v6", "2001:db8:96::/64", "--ip-masq=false");
        await host.SleeperAsync("ann");
        Assert.Matches("^2001:db8:96::.+ 2001:db8:96::1$", await host.Docker.SayAsync(
            "inspect", "--format", "{{with .NetworkSettings.Networks.bridge}}{{.GlobalIPv6Address}} {{.IPv6Gateway}}{{end}}", "ann"));
        await host.Docker.SayAsync("exec", "ann", "ping", "-6", "-c", "1", "-W", "2", "2001:db8:96::1");
        Assert.NotEqual(0, (await host.Docker.RunAsync("exec", "ann", "ping", "-c", "1", "-W", "1", NetworkHost.OutsideAddress)).ExitCode);
        await host.Outside.ShellAsync($"ip route add 172.17.0.0/16 via {NetworkHost.Address}");
        await host.Docker.SayAsync("exec", "ann", "ping", "-c", "1", "-W", "2", NetworkHost.OutsideAddress);
    }

    [Fact]
    public async Task A_bridge_of_the_owners_is_the_default_network_and_keeps_its_address()
    {
        NetworkHost host = await StartPreparedHostAsync("ip link add br-mine type bridge; ip addr add 10.97.0.1/24 dev br-mine; ip link set br-mine up", "--bridge", "br-mine");
        await host.SleeperAsync("ann");
        Assert.Equal("10.97.0.2 10.97.0.1", await host.Docker.SayAsync("inspect", "--format", "{{with .NetworkSettings.Networks.bridge}}{{.IPAddress}} {{.Gateway}}{{end}}", "ann"));
        Assert.False((await host.FactsAsync()).Has("link: " + Link));
    }

    [Fact, Trait("Engine", "coracle")] // Docker 24 and later
    public async Task New_networks_have_the_options_the_engine_is_told()
    {
        NetworkHost host = await StartHostAsync("--default-network-opt", "bridge=com.docker.network.driver.mtu=1333");
        await host.Docker.SayAsync("network", "create", "n");
        Assert.Equal("1333", await host.Docker.SayAsync("network", "inspect", "--format", "{{index .Options \"com.docker.network.driver.mtu\"}}", "n"));
        await host.SleeperAsync("ann", "--network", "n");
        Assert.Contains("mtu 1333", await host.Docker.SayAsync("exec", "ann", "ip", "link", "show", "eth0"), StringComparison.Ordinal);
    }
}
