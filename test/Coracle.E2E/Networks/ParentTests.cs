namespace Coracle.E2E;

/// <summary>
/// Networks on a link of the host's: macvlan and ipvlan. Their containers are on the wire themselves. Not every kernel has ipvlan, VLANs and
/// dummies: there the engine says so and leaves nothing.
/// </summary>
public sealed class ParentTests(NetworkStage stage) : NetworkTest(stage)
{
    public static TheoryData<string, string, bool> Kinds => new()
    {
        // driver, its mode, whether a container has a MAC of its own
        { "macvlan", "macvlan_mode=bridge", true },
        { "macvlan", "macvlan_mode=private", true },
        { "ipvlan", "ipvlan_mode=l2", false },
    };

    [Theory, MemberData(nameof(Kinds))]
    public async Task Its_containers_are_on_the_wire_and_the_host_is_not_theirs(string driver, string mode, bool ownMac)
    {
        string[] options = ["-d", driver, "-o", "parent=eth0", "-o", mode, "--subnet", "192.0.2.0/24", "--gateway", NetworkHost.OutsideAddress, "--ip-range", "192.0.2.64/26"];
        if (!await IsKnownAsync($"link eth0 name x0 type {driver}"))
        {
            await IsRefusedAsync(options);
            return;
        }

        await Docker.SayAsync(["network", "create", .. options, "wire"]);
        await Host.SleeperAsync("ann", "--network", "wire", "--ip", "192.0.2.77");
        await Host.SleeperAsync("bob", "--network", "wire");
        Assert.Contains("inet 192.0.2.77/24", await InAsync("ann", "ip addr show eth0"), StringComparison.Ordinal);
        Assert.Contains($"default via {NetworkHost.OutsideAddress} dev eth0", await InAsync("ann", "ip route"), StringComparison.Ordinal);
        await InAsync("ann", $"ping -c 1 -W 2 {NetworkHost.OutsideAddress}");
        (await Host.OutsideAsync("busybox", "ping", "-c", "1", "-W", "2", "192.0.2.77")).Succeeds();
        Assert.NotEqual(0, (await Docker.RunAsync("exec", "ann", "ping", "-c", "1", "-W", "1", NetworkHost.Address)).ExitCode); // parent and child never meet
        // Not from /sys: that is the one of the namespace it was mounted in.
        string parent = (await Host.OnHostAsync("ip", "-br", "link", "show", "eth0")).Succeeds().Text;
        Assert.Equal(ownMac, !parent.Contains(await InAsync("ann", "cat /sys/class/net/eth0/address"), StringComparison.Ordinal));
        bool together = mode != "macvlan_mode=private";
        Assert.Equal(together, (await Docker.RunAsync("exec", "ann", "ping", "-c", "1", "-W", "1", await InspectAsync("bob", "{{.NetworkSettings.Networks.wire.IPAddress}}"))).ExitCode == 0);
    }

    [Theory]
    [InlineData("macvlan")]
    [InlineData("ipvlan")]
    public async Task Without_a_parent_it_has_a_dummy_which_goes_with_it(string driver)
    {
        if (!await IsKnownAsync("name x0 type dummy") || !await IsKnownAsync($"link eth0 name x0 type {driver}"))
        {
            await IsRefusedAsync("-d", driver, "--subnet", "10.85.0.0/24");
            return;
        }

        string id = await Docker.SayAsync("network", "create", "-d", driver, "--subnet", "10.85.0.0/24", "alone");
        string link = (driver == "macvlan" ? "dm-" : "di-") + id[..12];
        await Host.SleeperAsync("ann", "--network", "alone");
        await Host.SleeperAsync("bob", "--network", "alone");
        (await Host.OnHostAsync("ip", "link", "show", link)).Succeeds();
        await InAsync("ann", $"ping -c 1 -W 2 {await InspectAsync("bob", "{{.NetworkSettings.Networks.alone.IPAddress}}")}");
        await Docker.SayAsync("rm", "-f", "ann", "bob");
        await Docker.SayAsync("network", "rm", "alone");
        Assert.False((await Host.FactsAsync()).Has(link));
    }

    [Theory]
    [InlineData("macvlan")]
    [InlineData("ipvlan")]
    public async Task A_parent_with_a_VLAN_in_its_name_is_made_and_goes_with_its_network(string driver)
    {
        if (!await IsKnownAsync("link eth0 name x0 type vlan id 7") || !await IsKnownAsync($"link eth0 name x0 type {driver}"))
        {
            await IsRefusedAsync("-d", driver, "-o", "parent=eth0.77", "--subnet", "10.85.0.0/24");
            return;
        }

        await Docker.SayAsync("network", "create", "-d", driver, "-o", "parent=eth0.77", "--subnet", "10.85.0.0/24", "tagged");
        Assert.Contains("vlan protocol 802.1Q id 77", (await Host.OnHostAsync("ip", "-d", "link", "show", "eth0.77")).Succeeds().Text, StringComparison.Ordinal);
        await Host.SleeperAsync("ann", "--network", "tagged");
        await Host.Outside.ShellAsync("ip link add eth0.77 link eth0 type vlan id 77; ip addr add 10.85.0.200/24 dev eth0.77; ip link set eth0.77 up");
        await InAsync("ann", "ping -c 1 -W 2 10.85.0.200");
        await Host.Outside.ShellAsync("ip link del eth0.77");
        await Docker.SayAsync("rm", "-f", "ann");
        await Docker.SayAsync("network", "rm", "tagged");
        Assert.False((await Host.FactsAsync()).Has("eth0.77"));
        Assert.True((await Host.FactsAsync()).Has("link: eth0@"));
    }

    [Fact]
    public async Task A_parent_that_cannot_be_is_refused_and_nothing_is_left()
    {
        HostFacts before = await Host.FactsAsync();
        foreach ((string driver, string option) in ((string, string)[])[("macvlan", "parent=nosuch"), ("ipvlan", "parent=lo"), ("macvlan", "macvlan_mode=nosuch"), ("ipvlan", "ipvlan_mode=nosuch")])
        {
            CommandResult create = await Docker.RunAsync("network", "create", "-d", driver, "-o", option, "--subnet", "10.85.0.0/24", "wrong");
            Assert.Contains(option.Split('=')[1] == "lo" ? "loopback" : "nosuch", create.Exits(1).Errors, StringComparison.Ordinal);
        }

        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task An_internal_one_has_no_way_out_and_its_containers_meet()
    {
        if (!await IsKnownAsync("name x0 type dummy"))
        {
            await IsRefusedAsync("-d", "macvlan", "--internal", "--subnet", "10.85.0.0/24");
            return;
        }

        await Docker.SayAsync("network", "create", "-d", "macvlan", "--internal", "--subnet", "10.85.0.0/24", "inner");
        await Host.SleeperAsync("ann", "--network", "inner");
        await Host.SleeperAsync("bob", "--network", "inner");
        Assert.DoesNotContain("default", await InAsync("ann", "ip route"), StringComparison.Ordinal);
        await InAsync("ann", $"ping -c 1 -W 2 {await InspectAsync("bob", "{{.NetworkSettings.Networks.inner.IPAddress}}")}");
    }

    [Fact]
    public async Task A_running_container_is_connected_to_it()
    {
        await Docker.SayAsync("network", "create", "-d", "macvlan", "-o", "parent=eth0", "--subnet", "192.0.2.0/24", "--ip-range", "192.0.2.64/26", "wire");
        await Docker.SayAsync("network", "create", "n");
        await Host.SleeperAsync("ann", "--network", "n");
        await Docker.SayAsync("network", "connect", "--ip", "192.0.2.99", "wire", "ann");
        (await Host.OutsideAsync("busybox", "ping", "-c", "1", "-W", "2", "192.0.2.99")).Succeeds();
        await Docker.SayAsync("network", "disconnect", "wire", "ann");
        Assert.NotEqual(0, (await Host.OutsideAsync("busybox", "ping", "-c", "1", "-W", "1", "192.0.2.99")).ExitCode);
    }

    /// <summary>Whether this kernel has the kind of link.</summary>
    /// <param name="link">What <c>ip link add</c> takes; its name is x0.</param>
    private async Task<bool> IsKnownAsync(string link)
    {
        bool isKnown = (await Host.OnHostAsync(["ip", "link", "add", .. link.Split(' ')])).ExitCode == 0;
        if (isKnown)
        {
            (await Host.OnHostAsync("ip", "link", "del", "x0")).Succeeds();
        }

        return isKnown;
    }

    /// <summary>By the create or by the first start.</summary>
    private async Task IsRefusedAsync(params string[] options)
    {
        HostFacts before = await Host.FactsAsync();
        CommandResult create = await Docker.RunAsync(["network", "create", .. options, "wire"]);
        CommandResult refused = create.ExitCode == 0 ? (await Docker.RunAsync("run", "-d", "--network", "wire", App, "true")).Exits(125) : create.Exits(1);
        Assert.Contains("not supported", refused.Errors, StringComparison.Ordinal);
        await Docker.RunAsync("network", "rm", "wire");
        await Host.IsAsItWasAsync(before);
    }
}
