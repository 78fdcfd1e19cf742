namespace Coracle.E2E;

/// <summary>
/// 127.0.0.1 is the host's own: no packet for it gets in by a cable or from a container, whatever is published there and whoever reloads
/// which firewall (CVE-2025-54388, CVE-2020-8558). The tests send real packets: the outside has a route for 127.0.0.1 by the host.
/// </summary>
public sealed class LoopbackTests(PortHost host) : PortTest(host), IClassFixture<PortHost>
{
    /// <summary>Packets for 127.0.0.0/8 that came from the outside's cable, counted before anybody's rule.</summary>
    private const string Watch = """
        add table ip watch
        add chain ip watch arriving { type filter hook prerouting priority -500 ; }
        add rule ip watch arriving iifname != "lo" ip daddr 127.0.0.0/8 counter
        """;

    /// <remarks>To dockerd 20.10 they get: its DNAT is before the check of strange addresses (docs/differences.md).</remarks>
    [Fact, Trait("Engine", "coracle")]
    public async Task A_port_at_127_is_not_reached_from_the_wire()
    {
        await PublishAsync();
        await using Strangers strangers = await Strangers.RouteAsync(Host);
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", "127.0.0.1", Port));
        Assert.Equal("receive: no answer", await Wire.FromOutsideAsync("udp", "127.0.0.1", Port));
        Assert.True(await strangers.ArrivedAsync() > 0, "nothing arrived: the test would prove nothing");
    }

    [Fact, Trait("Engine", "coracle")]
    public async Task Nor_is_it_after_others_have_flushed_every_rule()
    {
        await PublishAsync();
        await using Strangers strangers = await Strangers.RouteAsync(Host);
        (await Host.OnHostAsync("nft", "flush", "ruleset")).Succeeds();
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", "127.0.0.1", Port));
        await Deadline.HoldsAsync("the port's answer on the host again", async () => (await Wire.FromHostAsync("tcp", "127.0.0.1", Port)).StartsWith("web ", StringComparison.Ordinal), () => Engine.LogTail);
        await strangers.WatchAsync();
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", "127.0.0.1", Port));
        Assert.True(await strangers.ArrivedAsync() > 0, "nothing arrived: the test would prove nothing");
    }

    [Fact, Trait("Engine", "coracle")]
    public async Task Nor_is_it_after_iptables_were_flushed_and_loaded_anew()
    {
        await PublishAsync();
        await using Strangers strangers = await Strangers.RouteAsync(Host);
        (await Host.OnHostAsync("sh", "-ec", "for t in raw mangle nat filter; do iptables -t $t -F; iptables -t $t -X; done; iptables-save | iptables-restore")).Succeeds();
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", "127.0.0.1", Port));
        Assert.StartsWith("web ", await Wire.FromHostAsync("tcp", "127.0.0.1", Port), StringComparison.Ordinal);
        Assert.True(await strangers.ArrivedAsync() > 0, "nothing arrived: the test would prove nothing");
    }

    [Fact]
    public async Task A_program_of_the_host_at_127_is_not_reached_from_the_wire_or_from_a_container()
    {
        await Wire.ServeAsync("web", "80", "-p", $"127.0.0.1:{Port}:80"); // for which an engine may have allowed 127.0.0.0/8 on its bridge
        await using Command program = await Wire.OccupyAsync("tcp", "127.0.0.1", Port + 1);
        await using Strangers strangers = await Strangers.RouteAsync(Host);
        Assert.Equal(Wire.Silence, await Wire.FromOutsideAsync("tcp", "127.0.0.1", Port + 1));
        await Wire.AskerAsync("inside", "--cap-add", "NET_ADMIN", "--sysctl", "net.ipv4.conf.all.route_localnet=1");
        string gateway = await AddressAsync("inside", field: "Gateway");
        await Docker.SayAsync("exec", "inside", "sh", "-ec", $"ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via {gateway}");
        Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("inside", "tcp", "127.0.0.1", Port + 1));
        Assert.Equal(Wire.Silence, await Wire.FromContainerAsync("inside", "tcp", "127.0.0.1", Port));
        Assert.True(await strangers.ArrivedAsync() > 0, "nothing arrived: the test would prove nothing");
    }

    private async Task PublishAsync()
    {
        await Wire.ServeAsync("web", "80", "-p", $"127.0.0.1:{Port}:80", "-p", $"127.0.0.1:{Port}:80/udp");
        Assert.StartsWith("web ", await Wire.FromHostAsync("tcp", "127.0.0.1", Port), StringComparison.Ordinal);
    }

    /// <summary>The outside with a route for 127.0.0.1 that leads to the host, which a program there cannot get without being root.</summary>
    private sealed class Strangers(NetworkHost host) : IAsyncDisposable
    {
        public static async Task<Strangers> RouteAsync(NetworkHost host)
        {
            (await host.OutsideAsync("sh", "-ec",
                $"ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via {NetworkHost.Address}; echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet")).Succeeds();
            Strangers strangers = new(host);
            await strangers.WatchAsync();
            return strangers;
        }

        public async Task WatchAsync() => (await host.OnHostAsync("sh", "-ec", $"nft -f - <<'END'\n{Watch}\nEND")).Succeeds();

        public async Task<int> ArrivedAsync()
            => int.Parse((await host.OnHostAsync("sh", "-ec", "nft list chain ip watch arriving | sed -n 's/.*packets \\([0-9]*\\).*/\\1/p'")).Succeeds().Text);

        public async ValueTask DisposeAsync()
        {
            (await host.OnHostAsync("nft", "delete", "table", "ip", "watch")).Succeeds();
            (await host.OutsideAsync("sh", "-ec",
                "echo 0 > /proc/sys/net/ipv4/conf/all/route_localnet; ip route del 127.0.0.1; ip addr add 127.0.0.1/8 dev lo")).Succeeds();
        }
    }
}
