namespace Coracle.E2E;

/// <summary>Names that no container has: whose server is asked, from where, and when nobody is.</summary>
public sealed class ForwardingTests(NetworkStage stage) : NetworkTest(stage), IAsyncLifetime
{
    private NameServerProgram? _server;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        _server = await NameServerProgram.StartAsync(Host.Space, $"{NetworkHost.Address},127.0.0.9", "www.example=198.51.100.7,2001:db8::7");
        await Host.ResolveByAsync($"nameserver {NetworkHost.Address}\n");
        await Docker.SayAsync("network", "create", "--subnet", "10.73.0.0/24", "n");
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _server!.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task Names_of_the_world_come_from_the_hosts_server()
    {
        await Host.SleeperAsync("asker", "--network", "n");
        Assert.Equal(["NOERROR ra", "A 198.51.100.7"], await AskAsync("www.example A"));
        Assert.Equal(["NOERROR ra", "AAAA 2001:db8::7"], await AskAsync("www.example AAAA"));
        Assert.Equal(["NOERROR ra", "A 198.51.100.7"], await AskAsync("www.example A tcp"));
        Assert.Equal("NXDOMAIN ra", (await AskAsync("nosuch.example A"))[0]);
        Assert.Contains("198.51.100.7", await InAsync("asker", "nslookup -type=a www.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_answer_is_cut_by_UDP_and_whole_by_TCP()
    {
        await Host.SleeperAsync("asker", "--network", "n");
        Assert.Contains("tc", (await AskAsync("large.example TXT"))[0].Split(' '));
        Assert.Equal(["NOERROR ra", "TXT 4040 bytes"], await AskAsync("large.example TXT tcp"));
        Assert.Equal("TXT 4040 bytes", (await AskAsync("large.example TXT edns=4096"))[1]);
    }

    [Fact]
    public async Task A_server_on_the_hosts_loopback_is_asked_from_the_host()
    {
        await Host.ResolveByAsync("nameserver 127.0.0.9\n");
        await Host.SleeperAsync("asker", "--network", "n");
        Assert.Equal(["NOERROR ra", "A 198.51.100.7"], await AskAsync("www.example A"));
    }

    [Fact, Trait("Engine", "coracle")] // dockerd reads it when a container starts
    public async Task The_hosts_server_is_the_one_it_has_now()
    {
        await Host.SleeperAsync("asker", "--network", "n");
        Assert.Equal(["NOERROR ra", "A 198.51.100.7"], await AskAsync("www.example A"));
        await using NameServerProgram other = await NameServerProgram.StartAsync(Host.Outside, NetworkHost.OutsideAddress, "www.example=198.51.100.8");
        await Host.ResolveByAsync($"nameserver {NetworkHost.OutsideAddress}\n");
        Assert.Equal(["NOERROR ra", "A 198.51.100.8"], await AskAsync("www.example A"));
    }

    [Fact]
    public async Task A_containers_own_servers_come_before_the_hosts()
    {
        await using NameServerProgram own = await NameServerProgram.StartAsync(Host.Outside, NetworkHost.OutsideAddress, "www.example=198.51.100.8");
        await Host.SleeperAsync("asker", "--network", "n", "--dns", NetworkHost.OutsideAddress);
        Assert.Equal(["NOERROR ra", "A 198.51.100.8"], await AskAsync("www.example A"));
        Assert.DoesNotContain("www.example", _server!.Asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_silent_is_followed_by_the_next()
    {
        await Host.SleeperAsync("asker", "--network", "n", "--dns", "192.0.2.200", "--dns", NetworkHost.Address);
        Assert.Equal(["NOERROR ra", "A 198.51.100.7"], await AskAsync("www.example A"));
    }

    [Fact]
    public async Task Containers_names_are_never_asked_outside()
    {
        await Host.SleeperAsync("asker", "--network", "n");
        await Host.SleeperAsync("db", "--network", "n");
        await AskAsync("db A");
        await AskAsync("db AAAA");
        await AskAsync("10.73.0.3 PTR");
        await AskAsync("www.example A");
        Assert.Contains("A www.example", _server!.Asked, StringComparison.Ordinal);
        Assert.DoesNotContain("db", _server.Asked, StringComparison.Ordinal);
        Assert.DoesNotContain("PTR", _server.Asked, StringComparison.Ordinal);
    }

    [Theory, Trait("Engine", "coracle")] // CVE-2024-29018, which 20.10 has: the second row is answered there, the first has no answer at all
    [InlineData(NetworkHost.Address)]
    [InlineData("127.0.0.9")]
    public async Task From_an_internal_network_nothing_is_asked_outside(string server)
    {
        await Host.ResolveByAsync($"nameserver {server}\n");
        await Docker.SayAsync("network", "create", "--internal", "--subnet", "10.74.0.0/24", "inner");
        await Host.SleeperAsync("asker", "--network", "inner");
        await Host.SleeperAsync("db", "--network", "inner");
        Assert.Equal(["SERVFAIL ra"], await AskAsync("www.example A"));
        Assert.Equal(["SERVFAIL ra"], await AskAsync("www.example A tcp"));
        Assert.Equal(["NOERROR ra", "A 10.74.0.3"], await AskAsync("db A"));
        Assert.DoesNotContain("www.example", _server!.Asked, StringComparison.Ordinal);
        await Docker.SayAsync("network", "connect", "n", "asker"); // with a way out it may ask
        Assert.Equal(["NOERROR ra", "A 198.51.100.7"], await AskAsync("www.example A"));
    }

    [Fact]
    public async Task On_the_default_network_the_hosts_server_is_asked_directly()
    {
        await Host.SleeperAsync("ann");
        Assert.Equal([NetworkHost.Address], await ServersAsync("ann"));
        Assert.Contains("198.51.100.7", await InAsync("ann", "nslookup -type=a www.example"), StringComparison.Ordinal);
        await Host.SleeperAsync("bob", "--dns", "192.0.2.53", "--dns", "192.0.2.54");
        Assert.Equal(["192.0.2.53", "192.0.2.54"], await ServersAsync("bob"));
        await Host.SleeperAsync("cid", "--network", "host");
        Assert.Equal([NetworkHost.Address], await ServersAsync("cid"));
    }

    private async Task<string[]> ServersAsync(string container) => (await InAsync(container, "sed -n 's/^nameserver //p' /etc/resolv.conf")).Split('\n');

    private Task<string[]> AskAsync(string question) => NameServerProgram.AskAsync(Host, "asker", question);
}
