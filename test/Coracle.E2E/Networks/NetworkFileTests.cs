namespace Coracle.E2E;

/// <summary>/etc/hosts, /etc/hostname and /etc/resolv.conf of containers.</summary>
public sealed class NetworkFileTests(NetworkStage stage) : NetworkTest(stage)
{
    private static readonly string[] _ofEveryone =
    [
        "127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", "fe00:: ip6-localnet", "ff00:: ip6-mcastprefix", "ff02::1 ip6-allnodes", "ff02::2 ip6-allrouters",
    ];

    [Fact]
    public async Task Hosts_has_the_usual_names_and_the_containers_own()
    {
        string id = await Host.SleeperAsync("ann");
        await HostsAreAsync("ann", "172.17.0.2 " + id[..12]);
        Assert.Equal(id[..12], await InAsync("ann", "cat /etc/hostname"));
    }

    [Fact]
    public async Task A_host_name_with_a_domain_is_there_whole_and_short()
    {
        await NetworkAsync();
        await Host.SleeperAsync("ann", "--network", "n", "--hostname", "box", "--domainname", "example.org");
        await HostsAreAsync("ann", "10.75.0.2 box.example.org box");
        Assert.Equal("box", await InAsync("ann", "cat /etc/hostname"));
        Assert.Equal("box", await InAsync("ann", "hostname"));
    }

    [Fact]
    public async Task Each_network_and_family_has_a_line()
    {
        await NetworkAsync();
        await Docker.SayAsync("network", "create", "--ipv6", "--subnet", "10.76.0.0/24", "--subnet", "2001:db8:76::/64", "--gateway", "2001:db8:76::77", "both");
        await Host.SleeperAsync("ann", "--network", "both", "--hostname", "box");
        await HostsAreAsync("ann", "10.76.0.2 box", "2001:db8:76::1 box");
        await Docker.SayAsync("network", "connect", "n", "ann");
        Assert.Contains("10.75.0.2 box", await HostsAsync("ann"));
        await Docker.SayAsync("network", "disconnect", "n", "ann");
        string[] left = Engine.Kind == EngineKind.Docker ? [] : ["10.76.0.2 box", "2001:db8:76::1 box"]; // dockerd takes out every line with the name
        await HostsAreAsync("ann", left);
    }

    [Fact]
    public async Task Added_hosts_are_there_and_host_gateway_is_the_host()
    {
        await NetworkAsync();
        await Host.SleeperAsync("ann", "--network", "n", "--hostname", "box", "--add-host", "db:192.0.2.50", "--add-host", "six:2001:db8::6", "--add-host", "host.docker.internal:host-gateway");
        await HostsAreAsync("ann", "192.0.2.50 db", "2001:db8::6 six", "172.17.0.1 host.docker.internal", "10.75.0.2 box");
        await InAsync("ann", "ping -c 1 -W 2 host.docker.internal");
    }

    [Fact]
    public async Task On_the_hosts_network_the_files_are_the_hosts()
    {
        string[] own = [.. (await Docker.SayAsync("run", "--rm", "--network", "host", "--add-host", "db:192.0.2.50", App, "cat", "/etc/hosts")).Split('\n')];
        Assert.Contains(own, line => line.StartsWith("127.0.0.1", StringComparison.Ordinal) && line.Contains("localhost", StringComparison.Ordinal));
        Assert.Contains("192.0.2.50\tdb", own);
        Assert.Equal((await Host.OnHostAsync("hostname")).Text, await Docker.SayAsync("run", "--rm", "--network", "host", App, "hostname"));
    }

    [Fact]
    public async Task Without_a_network_only_the_usual_names_are_there()
        => Assert.Equal(_ofEveryone, Words(await Docker.SayAsync("run", "--rm", "--network", "none", App, "cat", "/etc/hosts")));

    [Fact]
    public async Task On_a_user_network_the_name_server_is_the_engines_and_names_without_dots_are_asked_as_they_are()
    {
        await Host.ResolveByAsync($"# a comment\nsearch host.example\nnameserver {NetworkHost.Address}\noptions timeout:3\n");
        await NetworkAsync();
        await Host.SleeperAsync("ann", "--network", "n");
        Assert.Equal(["nameserver 127.0.0.11", "options timeout:3 ndots:0", "search host.example"], await ResolvConfAsync("ann"));
        await Host.ResolveByAsync($"nameserver {NetworkHost.Address}\n");
    }

    [Theory]
    [InlineData("n", "127.0.0.11", "edns0 ndots:3")]
    [InlineData("bridge", "192.0.2.53", "edns0 ndots:3")]
    public async Task Wishes_for_resolv_conf_are_in_it(string network, string server, string options)
    {
        await NetworkAsync();
        await Host.SleeperAsync(
            "ann", "--network", network, "--dns", "192.0.2.53", "--dns-search", "one.example", "--dns-search", "two.example", "--dns-opt", "edns0", "--dns-opt", "ndots:3");
        Assert.Equal([$"nameserver {server}", $"options {options}", "search one.example two.example"], await ResolvConfAsync("ann"));
    }

    [Fact]
    public async Task No_search_domain_is_a_wish_too()
    {
        await Host.ResolveByAsync($"search host.example\nnameserver {NetworkHost.Address}\n");
        await Host.SleeperAsync("ann", "--dns-search", ".");
        Assert.Equal([$"nameserver {NetworkHost.Address}"], await ResolvConfAsync("ann"));
        await Host.ResolveByAsync($"nameserver {NetworkHost.Address}\n");
    }

    [Fact]
    public async Task A_server_on_the_hosts_loopback_is_nobody_on_the_default_network()
    {
        await Host.ResolveByAsync($"nameserver 127.0.0.9\nnameserver {NetworkHost.Address}\n");
        await Host.SleeperAsync("ann");
        Assert.Equal([$"nameserver {NetworkHost.Address}"], await ResolvConfAsync("ann"));
        await Host.ResolveByAsync($"nameserver {NetworkHost.Address}\n");
    }

    [Fact]
    public async Task A_restart_reads_the_hosts_resolv_conf_again()
    {
        await Host.SleeperAsync("ann");
        await Host.ResolveByAsync("nameserver 192.0.2.99\n");
        Assert.Equal([$"nameserver {NetworkHost.Address}"], await ResolvConfAsync("ann"));
        await Docker.SayAsync("restart", "-t", "0", "ann");
        Assert.Equal(["nameserver 192.0.2.99"], await ResolvConfAsync("ann"));
        await Host.ResolveByAsync($"nameserver {NetworkHost.Address}\n");
    }

    [Fact]
    public async Task A_linked_container_is_found_on_the_default_network_also_at_another_address()
    {
        string id = await Host.SleeperAsync("db", "-e", "COLOUR=blue", "--expose", "5432");
        await Host.SleeperAsync("ann", "--link", "db:store");
        await HostsAreAsync("ann", $"172.17.0.2 store {id[..12]} db", $"172.17.0.3 {(await InAsync("ann", "hostname"))}");
        await InAsync("ann", "ping -c 1 -W 2 store");
        string[] variables = (await InAsync("ann", "env | grep ^STORE_")).Split('\n');
        Assert.Equal(
            ["STORE_ENV_COLOUR=blue", "STORE_NAME=/ann/store", "STORE_PORT=tcp://172.17.0.2:5432", "STORE_PORT_5432_TCP=tcp://172.17.0.2:5432",
                "STORE_PORT_5432_TCP_ADDR=172.17.0.2", "STORE_PORT_5432_TCP_PORT=5432", "STORE_PORT_5432_TCP_PROTO=tcp"],
            variables.Order(StringComparer.Ordinal));
        await Docker.SayAsync("stop", "-t", "0", "db");
        await Host.SleeperAsync("other"); // takes its address
        await Docker.SayAsync("start", "db");
        await Deadline.HoldsAsync("its new address", async () => (await HostsAsync("ann")).Contains($"172.17.0.4 store {id[..12]} db"), () => Host.Engine.LogTail);
    }

    [Fact]
    public async Task On_a_user_network_a_link_is_a_name()
    {
        await NetworkAsync();
        await Host.SleeperAsync("db", "--network", "n");
        await Host.SleeperAsync("ann", "--network", "n", "--link", "db:store");
        Assert.Equal(["NOERROR ra", "A 10.75.0.2"], await NameServerProgram.AskAsync(Host, "ann", "store A"));
    }

    private Task<string> NetworkAsync() => Docker.SayAsync("network", "create", "--subnet", "10.75.0.0/24", "n");

    private async Task HostsAreAsync(string container, params string[] own)
    {
        string[] hosts = await HostsAsync(container);
        Assert.Equal([.. _ofEveryone, .. own], hosts);
    }

    private async Task<string[]> HostsAsync(string container) => Words(await InAsync(container, "cat /etc/hosts"));

    /// <summary>Its lines in order of their first words, without comments: versions differ in where they stand.</summary>
    private async Task<string[]> ResolvConfAsync(string container)
        => [.. (await InAsync(container, "cat /etc/resolv.conf")).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Order(StringComparer.Ordinal)];

    /// <remarks>20.10 writes <c>fe00::0</c>, later versions <c>fe00::</c>.</remarks>
    private static string[] Words(string hosts)
        => [.. hosts.Split('\n').Select(line => string.Join(' ', line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)).Replace("00::0 ", "00:: ", StringComparison.Ordinal))];
}
