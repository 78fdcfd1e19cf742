using System.Text.Json;

namespace Coracle.E2E;

/// <summary>List, inspect, remove, prune, and what is told of networks.</summary>
public sealed class NetworkVerbTests(NetworkStage stage) : NetworkTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Every_command_line_makes_lists_inspects_and_removes(string program)
    {
        DockerCli cli = new(program, Host.Engine);
        string id = await cli.SayAsync("network", "create", "--label", "colour=blue", "--subnet", "10.86.0.0/24", "blue");
        string list = await cli.SayAsync("network", "ls");
        Assert.Matches(@"^NETWORK ID +NAME +DRIVER +SCOPE\n", list);
        Assert.Matches($@"{id[..12]} +blue +bridge +local\n", list + "\n");
        Assert.Equal(id, await cli.SayAsync("network", "ls", "-q", "--no-trunc", "--filter", "name=^blue$"));
        using JsonDocument shown = JsonDocument.Parse(await cli.SayAsync("network", "inspect", id[..10]));
        Assert.Equal("blue", Assert.Single(shown.RootElement.EnumerateArray()).GetProperty("Name").GetString());
        Assert.Equal("blue", await cli.SayAsync("network", "rm", "blue"));
        CommandResult inspect = await cli.RunAsync("network", "inspect", "blue");
        Assert.Matches("[Nn]o such network: blue|network blue not found", inspect.Exits(1).Errors);
    }

    /// <summary>What is shown, and the filters that were asked with.</summary>
    private static readonly (string Names, string[] Filters)[] _filtered =
    [
        ("bridge,host,none,one,two", []),
        ("one,two", ["type=custom"]),
        ("bridge,host,none", ["type=builtin"]),
        ("bridge,host,none,one,two", ["scope=local"]),
        ("", ["scope=swarm"]),
        ("two", ["driver=macvlan"]),
        ("none", ["driver=null"]),
        ("host,none", ["driver=null", "driver=host"]),
        ("one", ["label=colour"]),
        ("one", ["label=colour=blue"]),
        ("", ["label=colour=red"]),
        ("", ["label=colour=blue", "label=shape"]),
        ("none,one", ["name=n", "name=one"]), // what begins or ends with it, or has it in it
        ("one", ["name=n", "type=custom", "name=one"]),
        ("one", ["name=^one$"]),
    ];

    /// <summary>20.10's list does not look at who uses a network: every one is dangling there.</summary>
    private static readonly (string Names, string[] Filters)[] _filteredByUse = [("two", ["dangling=true", "type=custom"]), ("one", ["dangling=false", "type=custom"])];

    [Fact]
    public async Task A_list_shows_what_fits_its_filters()
    {
        await Docker.SayAsync("network", "create", "--label", "colour=blue", "one");
        await Docker.SayAsync("network", "create", "-d", "macvlan", "-o", "parent=eth0", "--label", "shape=round", "two");
        await Host.SleeperAsync("ann", "--network", "one");
        foreach ((string names, string[] filters) in Engine.Kind == EngineKind.Docker ? _filtered : [.. _filtered, .. _filteredByUse])
        {
            string list = await Docker.SayAsync(["network", "ls", "--format", "{{.Name}}", .. filters.SelectMany(f => new[] { "--filter", f })]);
            Assert.Equal($"{names} by {string.Join(' ', filters)}", $"{string.Join(',', list.Split('\n').Order(StringComparer.Ordinal))} by {string.Join(' ', filters)}");
        }
    }

    [Fact]
    public async Task An_id_filters_too_and_a_filter_nobody_knows_is_refused()
    {
        string id = await Docker.SayAsync("network", "create", "one");
        Assert.Equal("one", await Docker.SayAsync("network", "ls", "--format", "{{.Name}}", "--filter", "id=" + id[..12]));
        Assert.Contains("nosuch", (await Api.GetAsync("/networks?filters=" + Uri.EscapeDataString("""{"nosuch":["x"]}"""))).Has(400).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_three_networks_that_are_always_there_are_shown_and_stay()
    {
        JsonElement bridge = (await Api.GetAsync("/networks/bridge")).Has(200).Json;
        string link = Engine.Kind == EngineKind.Docker ? "docker0" : "coracle0"; // two engines on one machine: docs/differences.md
        Assert.Equal(
            "com.docker.network.bridge.default_bridge=true com.docker.network.bridge.enable_icc=true com.docker.network.bridge.enable_ip_masquerade=true "
            + $"com.docker.network.bridge.host_binding_ipv4=0.0.0.0 com.docker.network.bridge.name={link} com.docker.network.driver.mtu=1500",
            string.Join(' ', bridge.GetProperty("Options").EnumerateObject().Select(p => $"{p.Name}={p.Value.GetString()}").Order(StringComparer.Ordinal)));
        Assert.Equal("172.17.0.0/16", bridge.GetProperty("IPAM").GetProperty("Config")[0].GetProperty("Subnet").GetString());
        Assert.True((await Host.FactsAsync()).Has("link: " + link));
        Assert.Equal("host host local", await Docker.SayAsync("network", "inspect", "--format", "{{.Name}} {{.Driver}} {{.Scope}}", "host"));
        Assert.Equal("none null local", await Docker.SayAsync("network", "inspect", "--format", "{{.Name}} {{.Driver}} {{.Scope}}", "none"));
        foreach (string name in (string[])["bridge", "host", "none"])
        {
            Assert.Equal($"{name} is a pre-defined network and cannot be removed", (await Api.SendAsync(HttpMethod.Delete, "/networks/" + name)).Has(403).Message);
            Assert.Equal($"operation is not permitted on predefined {name} network ", (await CreateAsync(name)).Has(403).Message);
        }
    }

    [Fact]
    public async Task A_network_in_use_stays_until_nobody_is_on_it()
    {
        await Docker.SayAsync("network", "create", "one");
        await Host.SleeperAsync("ann", "--network", "one");
        HostFacts before = await Host.FactsAsync();
        string message = (await Api.SendAsync(HttpMethod.Delete, "/networks/one")).Has(403).Message;
        Assert.StartsWith("error while removing network: network one ", message, StringComparison.Ordinal);
        Assert.Contains("has active endpoints", message, StringComparison.Ordinal);
        await Host.IsAsItWasAsync(before);
        await Docker.SayAsync("stop", "-t", "0", "ann");
        await Docker.SayAsync("network", "rm", "one"); // a stopped container is on no network
        CommandResult start = await Docker.RunAsync("start", "ann");
        Assert.Matches("network [0-9a-z]+ not found", start.Exits(1).Errors);
    }

    [Fact]
    public async Task Names_and_drivers_that_cannot_be_are_refused()
    {
        await Docker.SayAsync("network", "create", "one");
        HostFacts before = await Host.FactsAsync();
        Assert.Equal("network with name one already exists", (await CreateAsync("one")).Has(409).Message);
        Assert.Equal("plugin \"nosuch\" not found", (await CreateAsync("two", "nosuch")).Has(404).Message);
        Assert.Equal("only one instance of \"host\" network is allowed", (await CreateAsync("two", "host")).Has(403).Message);
        Assert.Equal("only one instance of \"null\" network is allowed", (await CreateAsync("two", "null")).Has(403).Message);
        Assert.Equal("network nosuch not found", (await Api.GetAsync("/networks/nosuch")).Has(404).Message);
        Assert.Equal("network nosuch not found", (await Api.SendAsync(HttpMethod.Delete, "/networks/nosuch")).Has(404).Message);
        CommandResult run = await Docker.RunAsync("run", "--rm", "--network", "nosuch", App, "true");
        Assert.Contains("network nosuch not found", run.Exits(125).Errors, StringComparison.Ordinal);
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task Prune_takes_what_nobody_uses()
    {
        HostFacts before = await Host.FactsAsync();
        await Docker.SayAsync("network", "create", "--label", "keep=yes", "kept");
        await Docker.SayAsync("network", "create", "one");
        await Docker.SayAsync("network", "create", "two");
        await Host.SleeperAsync("ann", "--network", "two");
        Assert.Equal("Deleted Networks:\none", (await Docker.SayAsync("network", "prune", "-f", "--filter", "label!=keep")).Trim());
        Assert.Equal("", (await Docker.SayAsync("network", "prune", "-f", "--filter", "until=24h")).Trim());
        Assert.Equal("Deleted Networks:\nkept", (await Docker.SayAsync("network", "prune", "-f")).Trim());
        await Docker.SayAsync("rm", "-f", "ann");
        await Docker.SayAsync("network", "prune", "-f");
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task What_happens_to_networks_is_told()
    {
        string since = Events.Now();
        string network = await Docker.SayAsync("network", "create", "one");
        string container = await Host.SleeperAsync("ann", "--network", "one");
        await Docker.SayAsync("network", "connect", "bridge", "ann");
        await Docker.SayAsync("network", "disconnect", "bridge", "ann");
        await Docker.SayAsync("rm", "-f", "ann");
        await Docker.SayAsync("network", "rm", "one");
        await Docker.SayAsync("network", "prune", "-f");
        JsonElement[] events = await Events.PastAsync(Docker, since, "type=network");
        Assert.Equal(
            ["create one bridge", $"connect one bridge {container}", $"connect bridge bridge {container}", $"disconnect bridge bridge {container}",
                $"disconnect one bridge {container}", "destroy one bridge", "prune"],
            events.Select(Told).Distinct()); // 20.10 tells a disconnect of a running container twice
        Assert.Equal(network, events[0].GetProperty("Actor").GetProperty("ID").GetString());
        Assert.Equal(3, (await Events.PastAsync(Docker, since, "network=one", "event=connect", "event=create", "event=destroy")).Length);

        static string Told(JsonElement told)
        {
            JsonElement attributes = told.GetProperty("Actor").GetProperty("Attributes");
            return string.Join(' ', ((string[])["name", "type", "container"]).Select(key => attributes.TryGetProperty(key, out JsonElement value) ? value.GetString() : null)
                .Prepend(told.GetProperty("Action").GetString()).Where(word => word is not null));
        }
    }

    private Task<ApiAnswer> CreateAsync(string name, string driver = "") => Api.PostAsync("/networks/create", $$"""{"Name":"{{name}}","Driver":"{{driver}}","CheckDuplicate":true}""");
}
