namespace Coracle.E2E;

/// <summary>Which address a container gets, and which it may ask for.</summary>
public sealed class AddressTests(NetworkStage stage) : NetworkTest(stage)
{
    private const string WithoutSubnet = "user specified IP address is supported only when connecting to networks with user configured subnets";

    private const string Predefined = "user specified IP address is supported on user defined networks only";

    [Fact]
    public async Task Addresses_and_MAC_that_are_asked_for_are_given_and_kept()
    {
        await Docker.SayAsync("network", "create", "--ipv6", "--subnet", "10.94.0.0/24", "--subnet", "2001:db8:94::/64", "n");
        DockerCli older = new(DockerCli.Programs[^1], Host.Engine); // which says the MAC as every version of the API understands it
        string id = await older.SayAsync(
            "run", "-d", "--name", "ann", "--network", "n", "--ip", "10.94.0.77", "--ip6", "2001:db8:94::77", "--mac-address", "02:42:5e:00:00:4d", App, "sleep", "100000");
        const string Format = "{{with .NetworkSettings.Networks.n}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}} {{.GlobalIPv6Address}}/{{.GlobalIPv6PrefixLen}} {{.MacAddress}} {{json .IPAMConfig}}{{end}}";
        const string Given = """10.94.0.77/24 10.94.0.1 2001:db8:94::77/64 02:42:5e:00:00:4d {"IPv4Address":"10.94.0.77","IPv6Address":"2001:db8:94::77"}""";
        Assert.Equal(Given, await InspectAsync(id, Format));
        await LinkHasAsync();
        await Docker.SayAsync("restart", "-t", "0", id);
        Assert.Equal(Given, await InspectAsync(id, Format));
        await LinkHasAsync();

        async Task LinkHasAsync()
        {
            string link = await InAsync("ann", "ip addr show eth0");
            Assert.Contains("link/ether 02:42:5e:00:00:4d", link, StringComparison.Ordinal);
            Assert.Contains("inet 10.94.0.77/24", link, StringComparison.Ordinal);
            Assert.Contains("inet6 2001:db8:94::77/64", link, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_lowest_free_address_is_given()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.94.0.0/24", "n");
        foreach (string name in (string[])["ann", "bob", "cid"])
        {
            await Host.SleeperAsync(name, "--network", "n");
        }

        await Docker.SayAsync("rm", "-f", "bob");
        await Host.SleeperAsync("dan", "--network", "n");
        await Host.SleeperAsync("eve", "--network", "n");
        Assert.Equal(["10.94.0.2", "10.94.0.4", "10.94.0.3", "10.94.0.5"], await AddressesAsync("ann", "cid", "dan", "eve"));
    }

    [Fact]
    public async Task An_address_that_is_asked_for_is_not_given_to_another()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.94.0.0/24", "n");
        await Host.SleeperAsync("ann", "--network", "n", "--ip", "10.94.0.2");
        await Host.SleeperAsync("bob", "--network", "n");
        Assert.Equal(["10.94.0.2", "10.94.0.3"], await AddressesAsync("ann", "bob"));
        HostFacts before = await Host.FactsAsync();
        CommandResult run = await Docker.RunAsync("run", "-d", "--network", "n", "--ip", "10.94.0.2", App, "true");
        Assert.Contains("Address already in use", run.Exits(125).Errors, StringComparison.Ordinal);
        await Host.IsAsItWasAsync(before);
    }

    [Theory]
    [InlineData("n", "10.99.0.1", "10.99.0.1")]
    [InlineData("plain", "172.18.0.9", WithoutSubnet)]
    [InlineData("bridge", "172.17.0.9", Predefined)]
    [InlineData("n", "10.94.0.1", "Address already in use")] // the gateway's
    [InlineData("n", "10.94.0.8", "Address already in use")] // an auxiliary one
    public async Task An_address_that_cannot_be_had_is_refused(string network, string address, string words)
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.94.0.0/24", "--aux-address", "x=10.94.0.8", "n");
        await Docker.SayAsync("network", "create", "plain");
        HostFacts before = await Host.FactsAsync();
        CommandResult run = await Docker.RunAsync("run", "-d", "--network", network, "--ip", address, App, "true");
        Assert.Contains(words, run.Exits(125).Errors, StringComparison.Ordinal);
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task A_full_subnet_is_told_and_has_room_again_when_one_leaves()
    {
        string id = await Docker.SayAsync("network", "create", "--subnet", "10.94.0.0/30", "n");
        await Host.SleeperAsync("ann", "--network", "n");
        HostFacts before = await Host.FactsAsync();
        CommandResult run = await Docker.RunAsync("run", "-d", "--name", "bob", "--network", "n", App, "sleep", "1000");
        Assert.Contains("no available IPv4 addresses on this network's address pools: n (" + id + ")", run.Exits(125).Errors, StringComparison.Ordinal);
        await Host.IsAsItWasAsync(before);
        await Docker.SayAsync("rm", "-f", "ann");
        await Docker.SayAsync("start", "bob");
        Assert.Equal(["10.94.0.2"], await AddressesAsync("bob"));
    }

    [Fact]
    public async Task A_stopped_container_has_no_address_and_a_started_one_has_one_again()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.94.0.0/24", "n");
        await Host.SleeperAsync("ann", "--network", "n");
        await Docker.SayAsync("stop", "-t", "0", "ann");
        Assert.Equal([""], await AddressesAsync("ann"));
        await Host.SleeperAsync("bob", "--network", "n");
        await Docker.SayAsync("start", "ann");
        Assert.Equal(["10.94.0.3", "10.94.0.2"], await AddressesAsync("ann", "bob"));
    }

    [Fact]
    public async Task Subnets_that_overlap_are_refused()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.94.0.0/16", "n");
        HostFacts before = await Host.FactsAsync();
        foreach (string subnet in (string[])["10.94.0.0/16", "10.94.7.0/24", "10.0.0.0/8"])
        {
            ApiAnswer answer = await Api.PostAsync("/networks/create", $$$"""{"Name":"m","IPAM":{"Config":[{"Subnet":"{{{subnet}}}"}]}}""");
            Assert.EndsWith("Pool overlaps with other one on this address space", answer.Has(403).Message, StringComparison.Ordinal);
        }

        await Host.IsAsItWasAsync(before);
        Assert.Equal(404, (await Api.GetAsync("/networks/m")).Status);
    }

    [Fact]
    public async Task Pools_are_cut_into_subnets_until_they_are_used_up()
    {
        NetworkHost host = await StartHostAsync("--default-address-pool", "base=10.95.0.0/22,size=24");
        Assert.Equal("10.95.0.0/24", await SubnetAsync(host, "bridge"));
        foreach (string name in (string[])["n1", "n2", "n3"])
        {
            await host.Docker.SayAsync("network", "create", name);
        }

        Assert.Equal("10.95.2.0/24", await SubnetAsync(host, "n2"));
        HostFacts before = await host.FactsAsync();
        CommandResult create = (await host.Docker.RunAsync("network", "create", "n4")).Exits(1);
        Assert.Contains(
            Engine.Kind == EngineKind.Docker // 20.10's words; later versions have the others
                ? "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network"
                : "all predefined address pools have been fully subnetted",
            create.Errors, StringComparison.Ordinal);
        await host.IsAsItWasAsync(before);
        await host.Docker.SayAsync("network", "rm", "n2");
        await host.Docker.SayAsync("network", "create", "n4");
        Assert.Equal("10.95.2.0/24", await SubnetAsync(host, "n4"));
    }

    [Fact]
    public async Task Pools_keep_out_of_the_hosts_routes()
    {
        NetworkHost host = await StartPreparedHostAsync(
            "ip route add 10.95.1.0/24 dev eth0; ip route add 10.95.2.128/25 dev eth0",
            "--default-address-pool", "base=10.95.0.0/21,size=24");
        await host.Docker.SayAsync("network", "create", "n1");
        await host.Docker.SayAsync("network", "create", "n2");
        Assert.Equal(["10.95.0.0/24", "10.95.3.0/24", "10.95.4.0/24"], [await SubnetAsync(host, "bridge"), await SubnetAsync(host, "n1"), await SubnetAsync(host, "n2")]);
    }

    private static Task<string> SubnetAsync(NetworkHost host, string network)
        => host.Docker.SayAsync("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", network);

    private async Task<string[]> AddressesAsync(params string[] containers)
        => (await Docker.SayAsync(["inspect", "--format", "{{.NetworkSettings.Networks.n.IPAddress}}", .. containers])).Split('\n');
}
