using System.Net;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class SandboxNamesTests : IDisposable
{
    private readonly NamesBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public SandboxNamesTests()
    {
        _bench.Create("lan", "10.1.0.0/16");
        _bench.Create("wan", "10.2.0.0/16");
        _bench.Create("dark", "10.3.0.0/16", isInternal: true);
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_container_is_found_by_its_name_aliases_short_id_and_host_name_and_by_its_address()
    {
        ContainerRecord db = _bench.Start("db", null, ("lan", new EndpointSettings { Aliases = ["store", "STORE2"] }));
        ContainerRecord web = await ServeAsync(_bench.Start("web", "lan"));
        foreach (string name in new[] { "db", "store", "store2", db.ShortId, "db-host", "db.lan", "DB" })
        {
            Assert.Equal("10.1.0.2", _bench.Ask(web, name));
        }

        Assert.Equal("db.lan", _bench.Ask(web, "2.0.1.10.in-addr.arpa"));
        Assert.Equal("10.1.0.3", _bench.Ask(web, "web"));
        Assert.Equal("outside", _bench.Ask(web, "db.wan"));
        Assert.Equal("outside", _bench.Ask(web, "example.com"));
    }

    [Fact]
    public async Task One_that_leaves_is_not_found_any_more_and_one_that_takes_its_place_is()
    {
        ContainerRecord db = _bench.Start("db", "lan");
        ContainerRecord web = await ServeAsync(_bench.Start("web", "lan"));
        Assert.Equal("10.1.0.2", _bench.Ask(web, "db"));

        _bench.Disconnect(db, "lan");
        await _bench.ChangedAsync("lan");
        Assert.Equal("outside", _bench.Ask(web, "db"));
        Assert.Equal("outside", _bench.Ask(web, "2.0.1.10.in-addr.arpa"));

        _bench.Start("other", null, ("lan", new EndpointSettings { Aliases = ["db"] }));
        _bench.Start("another", null, ("lan", new EndpointSettings { Aliases = ["db"] }));
        await _bench.ChangedAsync("lan");
        Assert.Equal(2, _bench.Ask(web, "db").Split(' ').Length);
    }

    [Fact]
    public async Task One_that_is_called_otherwise_is_found_by_its_new_name_alone()
    {
        ContainerRecord db = _bench.Start("db", "lan");
        ContainerRecord web = await ServeAsync(_bench.Start("web", "lan"));
        _bench.Records[db.Id] = db with { Name = "store" };
        _bench.Networks.Rename(db.Id, "store");
        await _bench.ChangedAsync("lan");
        Assert.Equal(("10.1.0.2", "outside", "store.lan"), (_bench.Ask(web, "store"), _bench.Ask(web, "db"), _bench.Ask(web, "2.0.1.10.in-addr.arpa")));
    }

    [Fact]
    public async Task A_link_is_seen_by_the_container_that_has_it_alone_and_follows_the_name()
    {
        ContainerRecord db = _bench.Start("db", "lan");
        ContainerRecord web = await ServeAsync(_bench.Start("web", null, ("lan", new EndpointSettings { Links = ["db:database", "a:b:c", "nobody:x"] })));
        ContainerRecord peer = await ServeAsync(_bench.Start("peer", "lan"));
        Assert.Equal(("10.1.0.2", "10.1.0.2", "outside"), (_bench.Ask(web, "database"), _bench.Ask(web, "database.lan"), _bench.Ask(web, "x")));
        Assert.Equal("outside", _bench.Ask(peer, "database"));

        _bench.Disconnect(db, "lan");
        _bench.Start("newer", null, ("lan", new EndpointSettings { Aliases = ["db"] }));
        await _bench.ChangedAsync("lan");
        Assert.Equal(_bench.Ask(peer, "newer"), _bench.Ask(web, "database"));

        _bench.Disconnect(web, "lan");
        await _bench.ChangedAsync("lan");
        Assert.Single(_bench.Keeper.Tables); // its own table has gone with it
    }

    [Fact]
    public async Task An_alias_of_a_link_comes_before_a_container_of_that_name()
    {
        _bench.Start("db", "lan");
        _bench.Start("other", "lan");
        ContainerRecord web = await ServeAsync(_bench.Start("web", null, ("lan", new EndpointSettings { Links = ["db:other"] })));
        Assert.Equal("10.1.0.2", _bench.Ask(web, "other"));
    }

    [Fact]
    public async Task Networks_are_asked_in_the_order_of_the_default_route()
    {
        _bench.Start("db", "dark", "wan", "lan");
        ContainerRecord web = await ServeAsync(_bench.Start("web", "wan", "dark", "lan"));
        Assert.Equal("10.1.0.2", _bench.Ask(web, "db"));
        Assert.Equal("10.3.0.2", _bench.Ask(web, "db.dark"));
        ContainerRecord first = await ServeAsync(_bench.Start("first", null, ("lan", new()), ("wan", new EndpointSettings { GatewayPriority = 1 })));
        Assert.Equal("10.2.0.2", _bench.Ask(first, "db"));
    }

    [Fact]
    public async Task Only_where_all_networks_are_internal_nothing_is_asked_outside()
    {
        ContainerRecord inside = await ServeAsync(_bench.Start("inside", "dark"));
        ContainerRecord both = await ServeAsync(_bench.Start("both", "dark", "bridge"));
        await _bench.ChangedAsync("dark");
        Assert.Equal(("failure", "outside"), (_bench.Ask(inside, "example.com"), _bench.Ask(both, "example.com")));
        Assert.Equal("10.3.0.3", _bench.Ask(inside, "both"));
        Assert.Single(_bench.Keeper.Served[both.Id].Tables); // the default network has no names
    }

    [Theory]
    [InlineData("ndots:2", "", "")]
    [InlineData("ndots:x", "", "outside")]
    [InlineData("timeout:1", "ndots:2", "outside")]
    [InlineData("", "ndots:2", "")]
    [InlineData("", "", "outside")]
    public async Task With_ndots_set_a_name_of_one_label_is_left_to_the_search_domains(string own, string ofEngine, string answer)
    {
        _bench.NewEngine(new NetworkOptions { DnsOptions = ofEngine.Length > 0 ? [ofEngine] : [] });
        HostConfig host = new() { DnsOptions = own.Length > 0 ? [own] : null };
        ContainerRecord web = await ServeAsync(_bench.Start("web", host, ("lan", new EndpointSettings())));
        Assert.Equal((answer, "outside"), (_bench.Ask(web, "nobody"), _bench.Ask(web, "example.com")));
    }

    [Fact]
    public async Task Others_are_asked_of_the_containers_servers_or_the_engines_or_the_hosts()
    {
        Assert.Equal("", await ServersAsync("host", []));
        _bench.NewEngine(new NetworkOptions { Dns = [IPAddress.Parse("9.9.9.9"), IPAddress.Parse("2620:fe::fe")] });
        Assert.Equal("9.9.9.9:53 [2620:fe::fe]:53", await ServersAsync("engine", []));
        Assert.Equal("1.1.1.1:53 127.0.0.1:53 8.8.8.8:53", await ServersAsync("own", ["1.1.1.1", "no address", "127.0.0.1", "8.8.8.8", "4.4.4.4"]));
    }

    [Fact]
    public async Task A_container_of_networks_without_names_needs_no_keeper()
    {
        ContainerRecord plain = await ServeAsync(_bench.Start("plain", "bridge"));
        await _bench.ChangedAsync("bridge");
        await _bench.Names.ChangeAsync(plain, 7, Cancel);
        Assert.Equal(["find "], _bench.Keeper.Asked);
    }

    [Fact]
    public async Task Serving_begins_with_the_first_network_that_has_names_and_goes_on_after_the_last()
    {
        ContainerRecord web = await ServeAsync(_bench.Start("web", "bridge"));
        Assert.Empty(_bench.Keeper.Served);
        web = _bench.Connect(web, "lan");
        await _bench.Names.ChangeAsync(web, 7, Cancel);
        Assert.Equal("10.1.0.2", _bench.Ask(web, "web"));

        web = _bench.Connect(web, "wan");
        await _bench.Names.ChangeAsync(web, 7, Cancel);
        Assert.Equal("10.2.0.2", _bench.Ask(web, "web.wan"));
        Assert.Equal(1, _bench.Keeper.Count("serve"));

        web = _bench.Disconnect(_bench.Disconnect(web, "lan"), "wan");
        await _bench.Names.ChangeAsync(web, 7, Cancel);
        Assert.Equal(("outside", "outside"), (_bench.Ask(web, "web"), _bench.Ask(web, "example.com")));
    }

    [Fact]
    public async Task Changes_that_come_together_are_one_push_and_the_last_of_them_counts()
    {
        TaskCompletionSource gate = new();
        _bench.Keeper.Gate = gate.Task;
        ContainerRecord web = _bench.Start("web", "lan");
        Task first = _bench.ChangedAsync("lan");
        List<Task> more = [];
        for (int i = 0; i < 100; i++)
        {
            _bench.Start($"c{i}", "lan");
            more.Add(_bench.ChangedAsync("lan"));
        }

        gate.SetResult();
        await Task.WhenAll([first, .. more]);
        Assert.InRange(_bench.Keeper.Count("push"), 1, 2);
        await ServeAsync(web);
        Assert.NotEqual("outside", _bench.Ask(web, "c99"));
    }

    [Fact]
    public async Task A_push_that_fails_is_nobodys_failure_and_the_next_is_a_new_one()
    {
        _bench.Start("db", "lan");
        _bench.Keeper.Fails = ("push", new TimeoutException("the keeper is stopped"));
        await _bench.ChangedAsync("lan");
        _bench.Keeper.Fails = null;
        ContainerRecord web = await ServeAsync(_bench.Start("web", "lan"));
        Assert.Equal("10.1.0.2", _bench.Ask(web, "db"));
    }

    [Fact]
    public async Task A_start_whose_names_cannot_be_served_hears_of_it()
    {
        _bench.Keeper.Fails = ("serve", new IOException("no descriptors"));
        SandboxKeeper keeper = new(_bench.Keeper, _bench.Networks, new NetworkOptions(), _bench.Records.GetValueOrDefault, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => keeper.ServeAsync(_bench.Start("web", "lan"), 7, Cancel));
        Assert.EndsWith("no descriptors", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_of_a_network_that_is_gone_or_that_nobody_is_on()
    {
        ContainerRecord db = _bench.Start("db", null, ("lan", new EndpointSettings { Links = ["db:me"] }));
        Network lan = _bench.Networks.Get("lan");
        await _bench.ChangedAsync("lan");
        Assert.Equal(2, _bench.Keeper.Tables.Count);
        _bench.Disconnect(db, "lan");
        await _bench.ChangedAsync("lan");
        Assert.Empty(_bench.Keeper.Tables);

        _bench.Networks.Remove("lan");
        await _bench.Names.ForgetAsync(lan.Id);
        Assert.Equal(1, _bench.Keeper.Count("push " + lan.Id.Text[..24]));
        Assert.Empty(_bench.Keeper.Tables);
    }

    [Fact]
    public async Task The_next_engine_pushes_all_tables_goes_on_with_who_is_served_and_forgets_what_is_gone()
    {
        ContainerRecord db = await ServeAsync(_bench.Start("db", "lan")), plain = _bench.Start("plain", "bridge"), web = _bench.Start("web", "lan", "wan");
        _bench.Keeper.Tables["of a network that is gone"] = [];
        _bench.Keeper.Asked.Clear();
        _bench.NewEngine();
        await _bench.Names.RecoverAsync([(db, 7), (plain, 8), (web, 9)], Cancel);
        Assert.Equal(["find", "push", "push", "forget", "change", "serve"], _bench.Keeper.Asked.Select(asked => asked.Split(' ')[0]));
        Assert.Equal(("10.1.0.3", "10.1.0.2"), (_bench.Ask(db, "web"), _bench.Ask(web, "db")));
        Assert.Equal(2, _bench.Keeper.Tables.Count);
    }

    [Fact]
    public async Task A_keeper_that_was_lost_with_the_engine_gets_everything_and_what_it_refuses_stops_nobody()
    {
        ContainerRecord db = _bench.Start("db", "lan"), web = _bench.Start("web", "lan");
        _bench.Keeper.IsThere = false;
        await _bench.Names.RecoverAsync([(db, 7), (web, 8)], Cancel);
        Assert.Equal("10.1.0.2", _bench.Ask(web, "db"));

        _bench.Keeper.Served.Clear();
        _bench.Keeper.Fails = ("serve", new Coracle.Networking.NetworkingException("the container has ended"));
        await _bench.Names.RecoverAsync([(db, 7), (web, 8)], Cancel);
        _bench.Keeper.Fails = ("find", new TimeoutException("it is stopped"));
        await _bench.Names.RecoverAsync([(db, 7), (web, 8)], Cancel);
        Assert.Equal(4, _bench.Keeper.Count("serve"));
    }

    [Fact]
    public async Task A_container_on_more_networks_than_a_sandbox_can_see_sees_the_first()
    {
        for (int i = 0; i < 40; i++)
        {
            _bench.Create($"n{i:d2}", $"10.{100 + i}.0.0/16");
        }

        (string, EndpointSettings)[] all = [.. Enumerable.Range(0, 40).Select(i => ($"n{i:d2}", new EndpointSettings { Links = ["web:me"] }))];
        ContainerRecord web = await ServeAsync(_bench.Start("web", null, all));
        ResolverSettings settings = _bench.Keeper.Served[web.Id];
        Assert.Equal(ResolverSettings.MostTables, settings.Tables.Length);
        Coracle.Runtime.RecordWriter message = new();
        message.Text(web.Id);
        settings.Encode(message);
        Assert.InRange(message.Written.Length, 1, KeeperProtocol.MostRequestBytes);
    }

    private async Task<ContainerRecord> ServeAsync(ContainerRecord record)
    {
        await _bench.Names.ServeAsync(record, 7, Cancel);
        return record;
    }

    private async Task<string> ServersAsync(string name, string[] own)
    {
        ContainerRecord record = await ServeAsync(_bench.Start(name, new HostConfig { Dns = own }, ("lan", new EndpointSettings())));
        return string.Join(' ', _bench.Keeper.Served[record.Id].Servers.Select(server
            => new IPEndPoint(new IPAddress(server.CopyTo(new byte[InternetEndpoint.V6Length])), server.Port)));
    }
}
