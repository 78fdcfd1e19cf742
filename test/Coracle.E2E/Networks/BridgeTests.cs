using System.Text.Json;

namespace Coracle.E2E;

/// <summary>What can be asked of a bridge network, how it is shown, and what is in its containers.</summary>
public sealed class BridgeTests(NetworkStage stage) : NetworkTest(stage)
{
    [Fact]
    public async Task A_network_is_shown_as_it_was_asked_for()
    {
        string id = await Docker.SayAsync(
            "network", "create", "--subnet", "10.91.0.0/16", "--ip-range", "10.91.5.0/24", "--gateway", "10.91.0.7", "--aux-address", "router=10.91.5.0",
            "-o", "com.docker.network.bridge.name=br-asked", "-o", "com.docker.network.driver.mtu=1400", "--label", "colour=blue", "--attachable", "asked");
        Assert.Matches("^[0-9a-f]{64}$", id);
        JsonElement network = (await Api.GetAsync("/networks/asked")).Has(200).Json;
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$", network.GetProperty("Created").GetString());
        Assert.Equal(
            $$$"""
            {"Name":"asked","Id":"{{{id}}}","Scope":"local","Driver":"bridge","EnableIPv6":false,
            "IPAM":{"Driver":"default","Options":{},"Config":[{"Subnet":"10.91.0.0/16","IPRange":"10.91.5.0/24","Gateway":"10.91.0.7","AuxiliaryAddresses":{"router":"10.91.5.0"}}]},
            "Internal":false,"Attachable":true,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Containers":{},
            "Options":{"com.docker.network.bridge.name":"br-asked","com.docker.network.driver.mtu":"1400"},"Labels":{"colour":"blue"}}
            """.Replace("\n", "", StringComparison.Ordinal),
            WithoutTime(network));
        Assert.Contains("10.91.0.7/16", (await Host.OnHostAsync("ip", "-br", "addr", "show", "br-asked")).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_come_from_the_range_and_the_MTU_is_the_links()
    {
        await Docker.SayAsync(
            "network", "create", "--subnet", "10.91.0.0/16", "--ip-range", "10.91.5.0/24", "--gateway", "10.91.0.7", "--aux-address", "router=10.91.5.0",
            "-o", "com.docker.network.driver.mtu=1400", "asked");
        await Host.SleeperAsync("ann", "--network", "asked");
        Assert.Contains("mtu 1400", await InAsync("ann", "ip link show eth0"), StringComparison.Ordinal);
        Assert.Contains("inet 10.91.5.1/16", await InAsync("ann", "ip addr show eth0"), StringComparison.Ordinal); // .0 is the router's
        Assert.Contains("default via 10.91.0.7 dev eth0", await InAsync("ann", "ip route"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_without_wishes_has_a_subnet_and_a_bridge_called_after_its_id()
    {
        string id = await Docker.SayAsync("network", "create", "plain");
        JsonElement network = (await Api.GetAsync("/networks/plain")).Has(200).Json;
        JsonElement pool = Assert.Single(network.GetProperty("IPAM").GetProperty("Config").EnumerateArray());
        string subnet = pool.GetProperty("Subnet").GetString()!, gateway = subnet.Replace(".0.0/16", ".0.1", StringComparison.Ordinal);
        Assert.Matches(@"^172\.(1[89]|2\d|3[01])\.0\.0/16$", subnet); // 172.17.0.0/16 is the default network's
        Assert.Equal(gateway, pool.GetProperty("Gateway").GetString());
        Assert.Equal("{}", network.GetProperty("Options").GetRawText());
        Assert.Contains(gateway + "/16", (await Host.OnHostAsync("ip", "-br", "addr", "show", "br-" + id[..12])).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_shows_who_is_on_it()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.91.0.0/16", "asked");
        string id = await Host.SleeperAsync("ann", "--network", "asked");
        JsonElement member = (await Api.GetAsync("/networks/asked")).Has(200).Json.GetProperty("Containers").GetProperty(id);
        Assert.Equal("ann", member.GetProperty("Name").GetString());
        Assert.Equal("10.91.0.2/16", member.GetProperty("IPv4Address").GetString());
        Assert.Equal("", member.GetProperty("IPv6Address").GetString());
        Assert.Equal(await InspectAsync("ann", "{{.NetworkSettings.Networks.asked.EndpointID}}"), member.GetProperty("EndpointID").GetString());
        Assert.Equal(await InAsync("ann", "cat /sys/class/net/eth0/address"), member.GetProperty("MacAddress").GetString());
        await Docker.SayAsync("kill", "ann");
        await Deadline.HoldsAsync("the container to leave", async () => (await Api.GetAsync("/networks/asked")).Json.GetProperty("Containers").GetRawText() == "{}", () => Host.Engine.LogTail);
    }

    [Fact]
    public async Task Containers_reach_each_other_the_host_and_the_world()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.91.0.0/24", "usual");
        await Host.SleeperAsync("ann", "--network", "usual");
        await Host.SleeperAsync("bob", "--network", "usual");
        Assert.True(await ReachesAsync("ann", "10.91.0.3"));
        Assert.True(await ReachesAsync("ann", "10.91.0.1"));
        Assert.True(await ReachesAsync("ann", NetworkHost.OutsideAddress)); // which knows no way back but to the host
    }

    [Fact]
    public async Task Networks_are_apart()
    {
        await Docker.SayAsync("network", "create", "one");
        await Docker.SayAsync("network", "create", "two");
        await Host.SleeperAsync("ann", "--network", "one");
        await Host.SleeperAsync("bob", "--network", "two");
        Assert.False(await ReachesAsync("ann", await AddressAsync("bob", "two")));
        Assert.False(await ReachesAsync("bob", await AddressAsync("ann", "one")));
    }

    [Fact]
    public async Task Without_icc_containers_reach_the_world_but_not_each_other()
    {
        await Docker.SayAsync("network", "create", "-o", "com.docker.network.bridge.enable_icc=false", "strangers");
        await Host.SleeperAsync("ann", "--network", "strangers");
        await Host.SleeperAsync("bob", "--network", "strangers");
        Assert.False(await ReachesAsync("ann", await AddressAsync("bob", "strangers")));
        Assert.True(await ReachesAsync("ann", NetworkHost.OutsideAddress));
    }

    [Fact]
    public async Task An_internal_network_has_peers_and_no_way_out()
    {
        await Docker.SayAsync("network", "create", "--internal", "--subnet", "10.98.0.0/24", "inner");
        Assert.True((await Api.GetAsync("/networks/inner")).Has(200).Json.GetProperty("Internal").GetBoolean());
        await Host.SleeperAsync("ann", "--network", "inner");
        await Host.SleeperAsync("bob", "--network", "inner");
        Assert.True(await ReachesAsync("ann", "10.98.0.3"));
        // 20.10 gives a route that leads nowhere, we give none; whoever makes one for himself, here and outside, gets no further.
        await Host.BesideAsync("ann", "ip", "route", "replace", "default", "via", "10.98.0.1");
        (await Host.OutsideAsync("ip", "route", "add", "10.98.0.0/24", "via", NetworkHost.Address)).Succeeds();
        Assert.False(await ReachesAsync("ann", NetworkHost.OutsideAddress));
        Assert.NotEqual(0, (await Host.OutsideAsync("busybox", "ping", "-c", "1", "-W", "1", "10.98.0.2")).ExitCode);
        (await Host.OutsideAsync("ip", "route", "del", "10.98.0.0/24")).Succeeds();
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 gives one that leads nowhere
    public async Task An_internal_network_has_no_default_route()
    {
        await Docker.SayAsync("network", "create", "--internal", "inner");
        await Host.SleeperAsync("ann", "--network", "inner");
        Assert.DoesNotContain("default", await InAsync("ann", "ip route"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_masquerading_the_world_sees_the_containers_own_address()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.92.0.0/24", "-o", "com.docker.network.bridge.enable_ip_masquerade=false", "open");
        await Host.SleeperAsync("ann", "--network", "open");
        Assert.False(await ReachesAsync("ann", NetworkHost.OutsideAddress)); // no way back
        (await Host.OutsideAsync("ip", "route", "add", "10.92.0.0/24", "via", NetworkHost.Address)).Succeeds();
        Assert.True(await ReachesAsync("ann", NetworkHost.OutsideAddress));
        (await Host.OutsideAsync("ip", "route", "del", "10.92.0.0/24")).Succeeds();
    }

    [Fact]
    public async Task A_network_with_IPv6_gives_both()
    {
        await Docker.SayAsync("network", "create", "--ipv6", "--subnet", "10.92.0.0/24", "--subnet", "2001:db8:92::/64", "--gateway", "2001:db8:92::77", "both");
        await Host.SleeperAsync("ann", "--network", "both");
        await Host.SleeperAsync("bob", "--network", "both");
        Assert.Equal("true", await Docker.SayAsync("network", "inspect", "--format", "{{.EnableIPv6}}", "both"));
        Assert.Equal("10.92.0.2 2001:db8:92::1 64 2001:db8:92::77", await InspectAsync(
            "ann", "{{with .NetworkSettings.Networks.both}}{{.IPAddress}} {{.GlobalIPv6Address}} {{.GlobalIPv6PrefixLen}} {{.IPv6Gateway}}{{end}}"));
        Assert.Contains("inet6 2001:db8:92::1/64 scope global", await InAsync("ann", "ip addr show eth0"), StringComparison.Ordinal);
        Assert.Contains("default via 2001:db8:92::77 dev eth0", await InAsync("ann", "ip -6 route"), StringComparison.Ordinal);
        Assert.True(await ReachesAsync("ann", "2001:db8:92::2"));
        Assert.True(await ReachesAsync("ann", "10.92.0.3"));
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 wants a subnet; later versions give one
    public async Task Local_IPv6_addresses_need_no_wish()
    {
        await Docker.SayAsync("network", "create", "--ipv6", "both");
        await Host.SleeperAsync("ann", "--network", "both");
        await Host.SleeperAsync("bob", "--network", "both");
        string address = await InspectAsync("bob", "{{.NetworkSettings.Networks.both.GlobalIPv6Address}}");
        Assert.StartsWith("fd", address, StringComparison.Ordinal);
        Assert.True(await ReachesAsync("ann", address));
    }

    [Fact]
    public async Task A_network_without_IPv6_has_none_at_all()
    {
        await Docker.SayAsync("network", "create", "plain");
        await Host.SleeperAsync("ann", "--network", "plain");
        Assert.DoesNotContain("inet6", await InAsync("ann", "ip addr show eth0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bridge_of_the_owners_is_used_and_stays()
    {
        (await Host.OnHostAsync("ip", "link", "add", "br-own", "type", "bridge")).Succeeds();
        try
        {
            await Docker.SayAsync("network", "create", "--subnet", "10.93.0.0/24", "-o", "com.docker.network.bridge.name=br-own", "own");
            await Host.SleeperAsync("ann", "--network", "own");
            Assert.True(await ReachesAsync("ann", "10.93.0.1"));
            await Docker.SayAsync("rm", "-f", "ann");
            await Docker.SayAsync("network", "rm", "own");
            (await Host.OnHostAsync("ip", "link", "show", "br-own")).Succeeds();
        }
        finally
        {
            (await Host.OnHostAsync("ip", "link", "del", "br-own")).Succeeds();
        }
    }

    private Task<string> AddressAsync(string container, string network) => InspectAsync(container, $"{{{{.NetworkSettings.Networks.{network}.IPAddress}}}}");

    private async Task<bool> ReachesAsync(string container, string address)
        => (await Docker.RunAsync("exec", container, "ping", "-c", "1", "-W", "1", address)).ExitCode == 0;

    private static string WithoutTime(JsonElement network)
        => "{" + string.Join(',', network.EnumerateObject().Where(p => p.Name != "Created").Select(p => $"\"{p.Name}\":{p.Value.GetRawText()}")) + "}";
}
