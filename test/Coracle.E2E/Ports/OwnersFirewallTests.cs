namespace Coracle.E2E;

/// <summary>The host's firewall stays its owner's: not a rule of his is changed, and what he forbids is forbidden.</summary>
public sealed class OwnersFirewallTests
{
    private const int Port = 8080;

    /// <summary>The ways in which a firewall is made to drop whatever it does not know.</summary>
    private const string DropForward = "-P FORWARD DROP";

    /// <summary>dockerd always goes into the owner's chains; we do when we are told to.</summary>
    private static string[] Integrate { get; } = Engine.Kind == EngineKind.Docker ? [] : ["--firewall", "integrate"];

    [Fact]
    public async Task Where_iptables_drop_what_is_forwarded_ports_and_containers_work()
    {
        await using NetworkHost host = await NetworkHost.StartPreparedAsync($"iptables {DropForward}; ip6tables {DropForward}", [.. Integrate, .. PortHost.IPv6Options]);
        await WorksAsync(host);
    }

    /// <remarks>dockerd uses one of the two programs, and the other's rules drop its packets.</remarks>
    [Fact, Trait("Engine", "coracle")]
    public async Task Where_the_older_iptables_drop_what_is_forwarded_ports_and_containers_work()
    {
        await using NetworkHost host = await NetworkHost.StartPreparedAsync(
            $"iptables-legacy {DropForward}; ip6tables-legacy {DropForward}", [.. Integrate, .. PortHost.IPv6Options]);
        await WorksAsync(host);
    }

    [Fact, Trait("Engine", "coracle")]
    public async Task Without_leave_to_integrate_the_engine_says_who_drops()
    {
        await using NetworkHost host = await NetworkHost.StartPreparedAsync($"iptables {DropForward}");
        string before = await OwnersRules.OfAsync(host);
        Wire wire = await Wire.OnAsync(host);
        await wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        string warnings = (await host.Engine.Api.GetAsync("/info")).Has(200).Json.GetProperty("Warnings").ToString();
        Assert.Contains("drops forwarded packets (ip table filter, chain FORWARD)", warnings, StringComparison.Ordinal);
        Assert.Contains("firewall=integrate", warnings, StringComparison.Ordinal);
        Assert.Equal(Wire.Silence, await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.StartsWith("web ", await wire.FromHostAsync("tcp", "127.0.0.1", Port), StringComparison.Ordinal);
        Assert.Equal(OwnersRules.WithoutEngine(before), OwnersRules.WithoutEngine(await OwnersRules.OfAsync(host)));
    }

    [Fact]
    public async Task What_the_owner_forbids_in_DOCKER_USER_is_forbidden()
    {
        await using NetworkHost host = await NetworkHost.StartPreparedAsync(
            $"iptables {DropForward}; iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN", Integrate);
        Wire wire = await Wire.OnAsync(host);
        await wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        (await host.OnHostAsync("iptables", "-I", "DOCKER-USER", "-s", NetworkHost.OutsideAddress, "-j", "DROP")).Succeeds();
        Assert.Equal(Wire.Silence, await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.StartsWith("web ", await wire.FromHostAsync("tcp", NetworkHost.Address, Port), StringComparison.Ordinal);
        await wire.ServeAsync("other", "80", "-p", $"{Port + 1}:80"); // no verb of ours goes before his rule
        Assert.Equal(Wire.Silence, await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port + 1));
        (await host.OnHostAsync("iptables", "-D", "DOCKER-USER", "-s", NetworkHost.OutsideAddress, "-j", "DROP")).Succeeds();
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    [Fact]
    public async Task After_the_last_container_every_rule_is_as_before_the_first()
    {
        await using NetworkHost host = await NetworkHost.StartPreparedAsync(OwnersRules.Load, PortHost.IPv6Options);
        string before = await OwnersRules.OfAsync(host);
        Assert.Contains("table inet owner", before, StringComparison.Ordinal);
        Wire wire = await Wire.OnAsync(host);
        await LiveAsync(host, wire);
        await host.CleanAndCheckAsync();
        string after = "";
        await Deadline.HoldsAsync("the rules to be as before", async () => (after = await OwnersRules.OfAsync(host)) == before, () => $"--- before:\n{before}\n--- after:\n{after}");
    }

    /// <remarks>dockerd has rules of its own in the owner's iptables all the time.</remarks>
    [Fact, Trait("Engine", "coracle")]
    public async Task While_containers_run_the_owners_rules_are_what_they_were_before_there_was_an_engine()
    {
        using TextFile rules = new();
        await using NetworkHost host = await NetworkHost.StartPreparedAsync($"{OwnersRules.Load}\n({OwnersRules.Show}) > {rules.Path}", PortHost.IPv6Options);
        string before = OwnersRules.Plain(rules.Text);
        Assert.Contains("table inet owner", before, StringComparison.Ordinal);
        Wire wire = await Wire.OnAsync(host);
        await LiveAsync(host, wire);
        string now = await OwnersRules.OfAsync(host);
        Assert.Contains("table ip coracle", now, StringComparison.Ordinal);
        Assert.Equal(before, OwnersRules.WithoutEngine(now));
    }

    /// <summary>Networks of every kind of rule, ports, a container on two networks.</summary>
    private static async Task LiveAsync(NetworkHost host, Wire wire)
    {
        await host.Docker.SayAsync("network", "create", "one");
        await host.Docker.SayAsync("network", "create", "--internal", "-o", "com.docker.network.bridge.enable_icc=false", "two");
        await wire.ServeAsync("web", "80", "-p", $"{Port}:80", "-p", "127.0.0.1:8081:81", "-p", $"{Port}:80/udp");
        await wire.ServeAsync("both", "80", "--network", "one", "-p", "9000-9003:80-83");
        await host.Docker.SayAsync("network", "connect", "two", "both");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    private static async Task WorksAsync(NetworkHost host)
    {
        Wire wire = await Wire.OnAsync(host);
        await wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.Equal($"web {NetworkHost.OutsideIPv6}", await wire.FromOutsideAsync("tcp", NetworkHost.AddressIPv6, Port));
        // Nobody listens there: that it says so proves that packets go out and come back.
        Assert.Equal("connect: ECONNREFUSED", await wire.FromContainerAsync("web", "tcp", NetworkHost.OutsideAddress, 7));
        await host.Docker.SayAsync("network", "create", "later");
        await wire.AskerAsync("asker", "--network", "later");
        Assert.Equal("connect: ECONNREFUSED", await wire.FromContainerAsync("asker", "tcp", NetworkHost.OutsideAddress, 7));
    }
}
