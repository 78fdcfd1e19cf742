namespace Coracle.E2E;

/// <summary>Who is found under which name on a user network, asked at 127.0.0.11 from inside.</summary>
public sealed class NameTests(NetworkStage stage) : NetworkTest(stage)
{
    [Fact]
    public async Task A_container_is_found_by_its_name_its_aliases_and_its_short_id()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        string id = await Host.SleeperAsync("db", "--network", "n", "--network-alias", "store", "--network-alias", "store.example");
        foreach (string name in (string[])["db", "store", "store.example", id[..12], "db.n", "store.n"])
        {
            Assert.Equal(["NOERROR ra", "A 10.71.0.3"], await AskAsync($"{name} A"));
        }

        Assert.Contains("10.71.0.3", await InAsync("asker", "nslookup db"), StringComparison.Ordinal); // as a program of the container's asks
        await InAsync("asker", "ping -c 1 -W 2 db");
        Assert.Equal(["NOERROR ra", "A 10.71.0.2"], await AskAsync("asker A")); // also itself
    }

    [Fact, Trait("Engine", "coracle")] // Docker 25 and later
    public async Task A_container_is_found_by_its_host_name()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n", "--hostname", "database");
        Assert.Equal(["NOERROR ra", "A 10.71.0.3"], await AskAsync("database A"));
    }

    [Fact]
    public async Task An_address_has_its_containers_name_and_networks()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        Assert.Equal(["NOERROR ra", "PTR db.n"], await AskAsync("10.71.0.3 PTR"));
        Assert.Equal(["NOERROR ra", "PTR db.n"], await AskAsync("2001:db8:71::2 PTR"));
    }

    [Fact]
    public async Task A_name_has_addresses_of_both_families_where_the_network_has_them()
    {
        await MakeAsync("n");
        await Docker.SayAsync("network", "create", "--subnet", "10.72.0.0/24", "old");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        Assert.Equal(["NOERROR ra", "AAAA 2001:db8:71::2"], await AskAsync("db AAAA"));
        await Docker.SayAsync("network", "connect", "old", "asker");
        await Host.SleeperAsync("legacy", "--network", "old");
        Assert.Equal(["NOERROR ra", "A 10.72.0.3"], await AskAsync("legacy A"));
        Assert.Equal(["NOERROR ra"], await AskAsync("legacy AAAA")); // known, without an address of that family
    }

    [Fact]
    public async Task TCP_and_EDNS_get_the_same_answer()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        Assert.Equal(["NOERROR ra", "A 10.71.0.3"], await AskAsync("db A tcp"));
        Assert.Equal("A 10.71.0.3", (await AskAsync("db A edns=1232"))[1]);
        Assert.Equal("A 10.71.0.3", (await AskAsync("db A edns=4096 tcp"))[1]);
    }

    [Fact]
    public async Task Several_containers_under_one_name_take_turns_in_front()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        foreach (string name in (string[])["w1", "w2", "w3"])
        {
            await Host.SleeperAsync(name, "--network", "n", "--network-alias", "web");
        }

        HashSet<string> first = [];
        await Deadline.HoldsAsync("each to be in front once", async () =>
        {
            string[] answer = await AskAsync("web A");
            Assert.Equal(["A 10.71.0.3", "A 10.71.0.4", "A 10.71.0.5"], answer.Skip(1).Order(StringComparer.Ordinal));
            first.Add(answer[1]);
            return first.Count == 3;
        }, () => string.Join(' ', first));
        await Docker.SayAsync("kill", "w2");
        await Deadline.HoldsAsync("the dead one to be gone", async () => (await AskAsync("web A")).Length == 3, () => Host.Engine.LogTail);
    }

    [Fact]
    public async Task Names_go_with_a_disconnect_and_come_with_a_connect()
    {
        await using NameServerProgram outside = await NameServerProgram.StartAsync(Host.Space, NetworkHost.Address);
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        await Docker.SayAsync("network", "disconnect", "n", "db");
        Assert.Equal("NXDOMAIN ra", (await AskAsync("db A"))[0]); // what the world says
        await Docker.SayAsync("network", "connect", "--alias", "again", "--ip", "10.71.0.9", "n", "db");
        Assert.Equal(["NOERROR ra", "A 10.71.0.9"], await AskAsync("db A"));
        Assert.Equal(["NOERROR ra", "A 10.71.0.9"], await AskAsync("again A"));
    }

    [Fact]
    public async Task A_peer_that_was_replaced_is_found_again()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        await Host.SleeperAsync("third", "--network", "n");
        await Docker.SayAsync("rm", "-f", "db");
        await Host.SleeperAsync("db", "--network", "n", "--ip", "10.71.0.20");
        Assert.Equal(["NOERROR ra", "A 10.71.0.20"], await AskAsync("db A"));
        await InAsync("asker", "ping -c 1 -W 2 db");
    }

    [Fact]
    public async Task A_new_name_is_known_and_the_old_one_is_not()
    {
        await using NameServerProgram outside = await NameServerProgram.StartAsync(Host.Space, NetworkHost.Address);
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        await Docker.SayAsync("rename", "db", "base");
        Assert.Equal(["NOERROR ra", "A 10.71.0.3"], await AskAsync("base A"));
        Assert.Equal("NXDOMAIN ra", (await AskAsync("db A"))[0]);
    }

    [Fact]
    public async Task A_name_means_another_on_another_network()
    {
        await using NameServerProgram outside = await NameServerProgram.StartAsync(Host.Space, NetworkHost.Address);
        await MakeAsync("n");
        await Docker.SayAsync("network", "create", "--subnet", "10.72.0.0/24", "m");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("stranger", "--network", "m", "--network-alias", "db");
        Assert.Equal("NXDOMAIN ra", (await AskAsync("db A"))[0]);
        Assert.Equal("NXDOMAIN ra", (await AskAsync("stranger A"))[0]);
        Assert.Equal("NXDOMAIN ra", (await AskAsync("10.72.0.2 PTR"))[0]);
    }

    [Fact]
    public async Task A_container_may_be_a_name_server_itself_and_still_resolves()
    {
        await MakeAsync("n");
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.RunAsync("dns", ["--network", "n", .. NameServerProgram.Inside, App, "/usr/bin/python3", "-u", "/probe/names.py", "serve", "0.0.0.0", "own.example=192.0.2.99"]);
        await Deadline.HoldsAsync("its server", async () => (await Docker.SayAsync("logs", "dns")).Contains("ready", StringComparison.Ordinal), () => Host.Engine.LogTail);
        Assert.Equal(["NOERROR ra", "A 192.0.2.99"], await AskAsync("own.example A server=10.71.0.3"));
        Assert.Equal(["NOERROR ra", "A 192.0.2.99"], await AskAsync("own.example A server=10.71.0.3 tcp"));
        Assert.Equal(["NOERROR ra", "A 10.71.0.2"], await NameServerProgram.AskAsync(Host, "dns", "asker A"));
        Assert.Equal(["NOERROR ra", "A 10.71.0.2"], await NameServerProgram.AskAsync(Host, "dns", "asker A tcp"));
    }

    private Task<string> MakeAsync(string name)
        => Docker.SayAsync("network", "create", "--ipv6", "--subnet", "10.71.0.0/24", "--subnet", "2001:db8:71::/64", "--gateway", "2001:db8:71::77", name);

    private Task<string[]> AskAsync(string question) => NameServerProgram.AskAsync(Host, "asker", question);
}
