namespace Coracle.E2E;

/// <summary>Containers on several networks, on somebody else's, and on none.</summary>
public sealed class ConnectTests(NetworkStage stage) : NetworkTest(stage)
{
    private const string Shared = "container sharing network namespace with another container or host cannot be connected to any other network";

    private const string OfTheHost = "container cannot be disconnected from host network or connected to host network";

    private const string Alone = "container cannot be connected to multiple networks with one of the networks in private (none) mode";

    [Fact]
    public async Task A_running_container_gets_and_loses_a_link()
    {
        await MakeAsync("m", "n");
        await Host.SleeperAsync("ann", "--network", "n");
        await Host.SleeperAsync("peer", "--network", "m");
        HostFacts before = await Host.FactsAsync();
        await Docker.SayAsync("network", "connect", "--ip", "10.81.0.9", "m", "ann");
        Assert.Contains("inet 10.81.0.9/24", await InAsync("ann", "ip addr show eth1"), StringComparison.Ordinal);
        Assert.Equal("10.81.0.9", await InspectAsync("ann", "{{.NetworkSettings.Networks.m.IPAddress}}"));
        await InAsync("ann", "ping -c 1 -W 2 10.81.0.2");
        await Docker.SayAsync("network", "disconnect", "m", "ann");
        Assert.Equal(["eth0", "lo"], await LinksAsync("ann"));
        Assert.Equal("n", await NetworksAsync("ann"));
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task A_stopped_container_has_its_networks_when_it_starts()
    {
        await MakeAsync("m", "n", "o");
        await Docker.SayAsync("create", "--name", "ann", "--network", "n", App, "sleep", "1000");
        await Docker.SayAsync("network", "connect", "m", "ann");
        await Docker.SayAsync("network", "connect", "--ip", "10.83.0.9", "o", "ann");
        await Docker.SayAsync("network", "disconnect", "n", "ann");
        Assert.Equal("m o", await NetworksAsync("ann"));
        await Docker.SayAsync("start", "ann");
        string links = await InAsync("ann", "ip -o addr");
        Assert.Contains("inet 10.81.0.2/24", links, StringComparison.Ordinal);
        Assert.Contains("inet 10.83.0.9/24", links, StringComparison.Ordinal);
        Assert.Equal(["eth0", "eth1", "lo"], await LinksAsync("ann"));
        await Docker.SayAsync("restart", "-t", "0", "ann");
        Assert.Equal(["eth0", "eth1", "lo"], await LinksAsync("ann"));
    }

    [Fact]
    public async Task The_default_route_is_the_first_networks_by_name_and_moves_when_that_goes()
    {
        await MakeAsync("m", "n", "o");
        await Host.SleeperAsync("ann", "--network", "n");
        Assert.Equal("10.82.0.1", await GatewayAsync("ann"));
        await Docker.SayAsync("network", "connect", "o", "ann");
        Assert.Equal("10.82.0.1", await GatewayAsync("ann"));
        await Docker.SayAsync("network", "connect", "m", "ann");
        Assert.Equal("10.81.0.1", await GatewayAsync("ann"));
        await Docker.SayAsync("network", "disconnect", "m", "ann");
        Assert.Equal("10.82.0.1", await GatewayAsync("ann"));
        await Docker.SayAsync("network", "disconnect", "n", "ann");
        Assert.Equal("10.83.0.1", await GatewayAsync("ann"));
        await Docker.SayAsync("network", "disconnect", "o", "ann");
        Assert.Equal(["lo"], await LinksAsync("ann"));
    }

    [Fact]
    public async Task An_internal_network_never_has_the_default_route()
    {
        await MakeAsync("n");
        await Docker.SayAsync("network", "create", "--internal", "--subnet", "10.80.0.0/24", "inner");
        await Host.SleeperAsync("ann", "--network", "inner");
        await Docker.SayAsync("network", "connect", "n", "ann");
        Assert.Equal("10.82.0.1", await GatewayAsync("ann"));
        await InAsync("ann", $"ping -c 1 -W 2 {NetworkHost.OutsideAddress}");
    }

    [Fact, Trait("Engine", "coracle")] // API 1.44 and later
    public async Task Several_networks_priorities_and_names_of_links_are_asked_for_at_once()
    {
        await MakeAsync("m", "n");
        await Host.SleeperAsync(
            "ann", "--network", "name=m,driver-opt=com.docker.network.endpoint.ifname=wan0", "--network", "name=n,gw-priority=7,mac-address=02:42:5e:00:00:4e,ip=10.82.0.9");
        Assert.Equal(["eth0", "lo", "wan0"], await LinksAsync("ann"));
        Assert.Equal("10.82.0.1", await GatewayAsync("ann"));
        string link = await InAsync("ann", "ip addr show eth0");
        Assert.Contains("02:42:5e:00:00:4e", link, StringComparison.Ordinal);
        Assert.Contains("inet 10.82.0.9/24", link, StringComparison.Ordinal);
        Assert.Contains("inet 10.81.0.2/24", await InAsync("ann", "ip addr show wan0"), StringComparison.Ordinal);
        await Docker.SayAsync("network", "disconnect", "n", "ann");
        Assert.Equal("10.81.0.1", await GatewayAsync("ann"));
        await Docker.SayAsync("network", "connect", "--gw-priority", "-1", "n", "ann");
        Assert.Equal("10.81.0.1", await GatewayAsync("ann"));
    }

    [Fact]
    public async Task Connecting_twice_and_disconnecting_what_is_not_connected_are_refused()
    {
        await MakeAsync("m", "n");
        await Host.SleeperAsync("ann", "--network", "n");
        HostFacts before = await Host.FactsAsync();
        Assert.Equal("endpoint with name ann already exists in network n", (await ConnectAsync("n", "ann")).Has(403).Message);
        Assert.Contains("is not connected to", (await Api.PostAsync("/networks/m/disconnect", """{"Container":"ann"}""")).Has(500).Message, StringComparison.Ordinal);
        Assert.Equal("network nosuch not found", (await ConnectAsync("nosuch", "ann")).Has(404).Message);
        Assert.Equal("No such container: nosuch", (await ConnectAsync("n", "nosuch")).Has(404).Message);
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task A_connect_that_fails_leaves_the_container_as_it_was()
    {
        await MakeAsync("m", "n");
        await Host.SleeperAsync("ann", "--network", "n");
        await Host.SleeperAsync("bob", "--network", "m");
        HostFacts before = await Host.FactsAsync();
        CommandResult connect = await Docker.RunAsync("network", "connect", "--ip", "10.81.0.2", "m", "ann");
        Assert.Contains("Address already in use", connect.Exits(1).Errors, StringComparison.Ordinal);
        Assert.Equal(["eth0", "lo"], await LinksAsync("ann"));
        Assert.Equal(Engine.Kind == EngineKind.Docker ? "m n" : "n", await NetworksAsync("ann")); // 20.10 shows the network that the container is not on
        await Host.IsAsItWasAsync(before);
        await Docker.SayAsync("network", "connect", "m", "ann");
        Assert.Equal(["eth0", "eth1", "lo"], await LinksAsync("ann"));
    }

    [Fact]
    public async Task A_container_in_anothers_network_has_its_links_files_and_name()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("ann", "--network", "n", "--hostname", "first");
        await Host.SleeperAsync("bob", "--network", "container:ann");
        Assert.Equal(await InAsync("ann", "ip addr; cat /etc/hosts /etc/resolv.conf; hostname"), await InAsync("bob", "ip addr; cat /etc/hosts /etc/resolv.conf; hostname"));
        Assert.Equal(Shared, (await ConnectAsync("n", "bob")).Has(400).Message);
        Assert.Equal("", await NetworksAsync("bob"));
        CommandResult run = await Docker.RunAsync("run", "--rm", "--network", "container:nosuch", App, "true");
        Assert.Contains("No such container: nosuch", run.Exits(125).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_hosts_network_a_container_sees_the_hosts_links()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("ann", "--network", "host");
        Assert.Contains($"inet {NetworkHost.Address}/24", await InAsync("ann", "ip addr show eth0"), StringComparison.Ordinal);
        Assert.Equal("host", await NetworksAsync("ann"));
        Assert.Equal(Shared, (await ConnectAsync("n", "ann")).Has(400).Message);
        Assert.Equal(OfTheHost, (await Api.PostAsync("/networks/host/disconnect", """{"Container":"ann"}""")).Has(400).Message);
        await Host.SleeperAsync("bob", "--network", "n");
        Assert.Equal(OfTheHost, (await ConnectAsync("host", "bob")).Has(400).Message);
    }

    [Fact]
    public async Task On_no_network_a_container_has_a_loopback_link_alone()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("ann", "--network", "none");
        Assert.Equal(["lo"], await LinksAsync("ann"));
        await InAsync("ann", "ping -c 1 127.0.0.1");
        Assert.Equal("none", await NetworksAsync("ann"));
        Assert.Equal(Alone, (await ConnectAsync("n", "ann")).Has(400).Message);
    }

    private async Task MakeAsync(params string[] names)
    {
        foreach (string name in names)
        {
            await Docker.SayAsync("network", "create", "--subnet", $"10.{81 + name[0] - 'm'}.0.0/24", name);
        }
    }

    private Task<ApiAnswer> ConnectAsync(string network, string container) => Api.PostAsync($"/networks/{network}/connect", $$"""{"Container":"{{container}}"}""");

    private async Task<string[]> LinksAsync(string container) => [.. (await InAsync(container, "ls /sys/class/net")).Split('\n').Order(StringComparer.Ordinal)];

    private async Task<string> GatewayAsync(string container) => await InAsync(container, "ip route | sed -n 's/^default via \\([^ ]*\\) .*/\\1/p'");

    private Task<string> NetworksAsync(string container)
        => Docker.SayAsync("inspect", "--format", "{{$s := \"\"}}{{range $name, $_ := .NetworkSettings.Networks}}{{$s}}{{$name}}{{$s = \" \"}}{{end}}", container);
}
