using System.Text.Json;

namespace Coracle.E2E;

public sealed class ListTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Ps_shows_what_runs_and_with_a_everything(string program)
    {
        string running = await SleeperAsync();
        string stopped = Name();
        await Docker.RunAsync("run", "--name", stopped, "--network", "none", App, "sh", "-c", "exit 2");
        const string Format = "{{.Names}}|{{.Image}}|{{.Status}}";
        Assert.Matches($@"^{running}\|{App}\|Up (Less than a second|\d+ seconds?)$", await Cli(program).SayAsync("ps", "--format", Format));
        string[] all = (await Cli(program).RunAsync("ps", "-a", "--format", Format)).Succeeds().Lines;
        Assert.Equal(2, all.Length);
        Assert.Matches($@"^{stopped}\|{App}\|Exited \(2\) (Less than a second|\d+ seconds?) ago$", all[0]); // newest first
    }

    [Fact]
    public async Task The_table_is_dockers()
    {
        string name = await SleeperAsync("--label", "colour=blue");
        string[] lines = (await Docker.RunAsync("ps")).Succeeds().Lines;
        Assert.Equal(["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"], lines[0].Split("   ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.EndsWith(name, lines[1], StringComparison.Ordinal);
        Assert.Contains("\"sh -c 'trap", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_choose()
    {
        string running = await SleeperAsync("--label", "colour=blue");
        string created = Name();
        await Docker.SayAsync("create", "--name", created, "--label", "colour=red", App, "true");
        string exited = Name();
        await Docker.RunAsync("run", "--name", exited, "--network", "none", App, "sh", "-c", "exit 2");
        Assert.Equal(running, await NamesAsync("status=running"));
        Assert.Equal(created, await NamesAsync("status=created"));
        Assert.Equal(exited, await NamesAsync("exited=2"));
        Assert.Equal(running, await NamesAsync("label=colour=blue"));
        Assert.Equal($"{created}\n{running}", await NamesAsync("label=colour"));
        Assert.Equal(created, await NamesAsync($"name={created}"));
        Assert.Equal($"{exited}\n{created}\n{running}", await NamesAsync($"ancestor={App}"));
        Assert.Equal(running, await NamesAsync($"before={created}"));
        Assert.Equal($"{exited}\n{created}", await NamesAsync($"since={running}"));
        Assert.Equal($"{exited}\n{created}", await Docker.SayAsync("ps", "-a", "-n", "2", "--format", "{{.Names}}"));
    }

    [Fact]
    public async Task A_filter_that_is_none_is_400_and_both_spellings_of_filters_are_read()
    {
        ApiAnswer answer = await Api.GetAsync("/containers/json?filters=" + Uri.EscapeDataString("""{"nosuch":{"x":true}}"""));
        Assert.StartsWith("nvalid filter", answer.Has(400).Message[1..], StringComparison.Ordinal);
        string name = await SleeperAsync();
        foreach (string filters in (string[])["{\"name\":{\"" + name + "\":true}}", "{\"name\":[\"" + name + "\"]}"])
        {
            JsonElement found = Assert.Single((await Api.GetAsync("/containers/json?filters=" + Uri.EscapeDataString(filters))).Has(200).Json.EnumerateArray());
            Assert.Equal("/" + name, found.GetProperty("Names")[0].GetString());
        }
    }

    [Theory]
    [InlineData("""{"status":["zz"]}""", "nvalid filter 'status=zz'", 400)]
    [InlineData("""{"health":["zz"]}""", "nrecognised filter value for health: zz", 400)]
    [InlineData("""{"is-task":["zz"]}""", "nvalid filter 'is-task=[zz]'", 400)]
    [InlineData("""{"publish":["zz"]}""", "rror while looking up for publish zz: strconv.ParseUint: parsing \"zz\": invalid syntax", 500)]
    [InlineData("""{"expose":["99999999"]}""", "rror while looking up for expose 99999999: strconv.ParseUint: parsing \"99999999\": value out of range", 500)]
    public async Task A_value_that_is_none_is_refused(string filters, string message, int dockers)
    {
        ApiAnswer answer = await Api.GetAsync("/containers/json?filters=" + Uri.EscapeDataString(filters));
        Assert.Equal(message, answer.Has(Engine.Kind == EngineKind.Docker ? dockers : 400).Message[1..]);
    }

    [Fact]
    public async Task Every_filter_chooses_what_it_names()
    {
        string exposed = Name();
        string id = await Docker.SayAsync("create", "--name", exposed, "--network", "none", "--expose", "8080", "-v", "/tmp:/data", App, "true");
        string other = Name();
        await Docker.SayAsync("create", "--name", other, "--network", "host", App, "true");
        Assert.Equal("", await NamesAsync("expose=8000-8100/tcp")); // without a network there is no port, whatever is exposed
        Assert.Equal("", await NamesAsync("publish=8080"));
        Assert.Equal(other, await NamesAsync("network=host"));
        Assert.Equal(exposed, await NamesAsync("volume=/data"));
        Assert.Equal(exposed, await NamesAsync($"id={id[..12]}"));
        Assert.Equal("", await NamesAsync("is-task=true"));
        Assert.Equal($"{other}\n{exposed}", await NamesAsync("is-task=false"));
        Assert.Equal($"{other}\n{exposed}", await NamesAsync("health=none"));
        Assert.Equal("", await NamesAsync("health=healthy"));
        Assert.Equal(other, await NamesAsync($"name=^/{other}$"));
        Assert.Equal("", await Docker.SayAsync("ps", "-a", "--filter", "status=dead", "--format", "{{.Names}}"));
        Assert.Equal(other, await Docker.SayAsync("ps", "-l", "--format", "{{.Names}}"));
        Assert.Equal("[]", (await Api.GetAsync("/containers/json?limit=-1")).Has(200).Body.Trim());
    }

    [Fact]
    public async Task Inspect_tells_what_was_asked_and_what_is()
    {
        string name = await SleeperAsync("-e", "A=b", "--hostname", "box", "-m", "64m", "--label", "k=v", "--read-only");
        Assert.Equal($"/{name}", await InspectAsync(name, "{{.Name}}"));
        Assert.Equal("box", await InspectAsync(name, "{{.Config.Hostname}}"));
        Assert.Equal("67108864 true none", await InspectAsync(name, "{{.HostConfig.Memory}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.NetworkMode}}"));
        Assert.Equal("v", await InspectAsync(name, "{{.Config.Labels.k}}"));
        Assert.Equal("a value", await InspectAsync(name, "{{index .Config.Labels \"org.example.label\"}}"));
        Assert.Contains("A=b", await InspectAsync(name, "{{json .Config.Env}}"), StringComparison.Ordinal);
        Assert.Equal($"{Images.App.Id} {App}", await InspectAsync(name, "{{.Image}} {{.Config.Image}}"));
        Assert.Equal("sh overlay2 linux", await InspectAsync(name, "{{.Path}} {{.Driver}} {{.Platform}}"));
        int process = int.Parse(await InspectAsync(name, "{{.State.Pid}}"));
        Assert.StartsWith("sh -c trap", Processes.CommandLine(process), StringComparison.Ordinal);
        Assert.Matches(@"^20\d\d-.*Z 0001-01-01T00:00:00Z$", await InspectAsync(name, "{{.State.StartedAt}} {{.State.FinishedAt}}"));
    }

    private Task<string> NamesAsync(string filter) => Docker.SayAsync("ps", "-a", "--filter", filter, "--format", "{{.Names}}");
}
