namespace Coracle.E2E;

/// <summary>Other programs load the host's firewall anew: connections go on, and our rules are back without anybody's doing.</summary>
[Trait("Engine", "coracle")] // dockerd wants to be started again, or firewalld's bus
public sealed class FirewallReloadTests
{
    private const int Port = 8080;

    /// <summary>As firewalld has it: a table of its own, whose forward chain ends with a refusal of everything else.</summary>
    private const string Firewalld = """
        table inet firewalld
        delete table inet firewalld
        table inet firewalld {
          chain filter_FORWARD {
            type filter hook forward priority filter + 10; policy accept;
            ct state { established, related } accept
            iifname "lo" accept
            reject with icmpx admin-prohibited
          }
        }
        """;

    [Fact]
    public async Task After_a_flush_of_every_rule_ports_networks_and_isolation_are_there_again()
    {
        await using NetworkHost host = await NetworkHost.StartAsync(PortHost.IPv6Options);
        Wire wire = await StartAsync(host);
        await host.Docker.SayAsync("network", "create", "other");
        await wire.AskerAsync("far", "--network", "other");
        string address = await host.Docker.SayAsync("inspect", "--format", "{{.NetworkSettings.IPAddress}}", "web");
        // No connection is held through it: without any nat chain the kernel translates nothing, and a packet in between is reset.
        (await host.OnHostAsync("nft", "flush", "ruleset")).Succeeds();
        await AnswersAsync(host, wire);
        Assert.Equal($"web {NetworkHost.OutsideIPv6}", await wire.FromOutsideAsync("tcp", NetworkHost.AddressIPv6, Port));
        Assert.Equal("connect: ECONNREFUSED", await wire.FromContainerAsync("far", "tcp", NetworkHost.OutsideAddress, 7));
        Assert.Equal(Wire.Silence, await wire.FromContainerAsync("far", "tcp", address, 80));
    }

    [Fact]
    public async Task After_a_reload_of_firewalld_the_bridges_are_let_through_again()
    {
        await using NetworkHost host = await NetworkHost.StartPreparedAsync($"nft -f - <<'END'\n{Firewalld}\nEND", "--firewall", "integrate");
        Wire wire = await StartAsync(host);
        await using Command held = await wire.HoldAsync("tcp", NetworkHost.Address, Port);
        (await host.OnHostAsync("sh", "-ec", $"nft -f - <<'END'\n{Firewalld}\nEND")).Succeeds();
        await AnswersAsync(host, wire);
        await Wire.GoesOnAsync(held);
    }

    [Fact]
    public async Task After_iptables_were_loaded_anew_the_bridges_are_let_through_again()
    {
        const string rules = "*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\n-A INPUT -s 198.51.100.9 -j DROP\nCOMMIT\n*nat\n:PREROUTING ACCEPT\nCOMMIT\n";
        await using NetworkHost host = await NetworkHost.StartPreparedAsync($"iptables-restore <<'END'\n{rules}END", "--firewall", "integrate");
        Wire wire = await StartAsync(host);
        (await host.OnHostAsync("sh", "-ec", $"iptables-restore <<'END'\n{rules}END")).Succeeds();
        await AnswersAsync(host, wire);
    }

    [Fact]
    public async Task With_the_last_network_the_marked_rules_are_gone_from_the_owners_chain()
    {
        using TextFile rules = new();
        await using NetworkHost host = await NetworkHost.StartPreparedAsync($"nft -f - <<'END'\n{Firewalld}\nEND\n({OwnersRules.Show}) > {rules.Path}", "--firewall", "integrate", "--bridge", "none");
        string before = OwnersRules.Plain(rules.Text);
        Wire wire = await Wire.OnAsync(host);
        await host.Docker.SayAsync("network", "create", "front");
        await wire.ServeAsync("web", "80", "--network", "front", "-p", $"{Port}:80");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.NotEqual(before, OwnersRules.WithoutEngine(await OwnersRules.OfAsync(host)));
        await host.CleanAndCheckAsync();
        string after = "";
        await Deadline.HoldsAsync("no rule of ours", async () => (after = await OwnersRules.OfAsync(host)) == before, () => $"--- before:\n{before}\n--- after:\n{after}");
    }

    private static async Task<Wire> StartAsync(NetworkHost host)
    {
        Wire wire = await Wire.OnAsync(host);
        await wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        return wire;
    }

    private static Task AnswersAsync(NetworkHost host, Wire wire) => Deadline.HoldsAsync(
        "the port's answer after the reload", async () => await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port) == $"web {NetworkHost.OutsideAddress}", () => host.Engine.LogTail);
}
