using System.Text.Json;

namespace Coracle.E2E;

public sealed class PruneTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task What_does_not_run_goes_and_what_runs_stays(string program)
    {
        string running = await SleeperAsync();
        string created = await Docker.SayAsync("create", "--network", "none", App, "true");
        string exited = await Docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", "head -c 100000 /dev/zero > /root/file");
        await Docker.SayAsync("wait", exited);
        string since = Events.Now();
        CommandResult prune = (await Cli(program).RunAsync("container", "prune", "-f")).Succeeds();
        Assert.Equal(new HashSet<string>([created, exited]), [.. prune.Lines.Where(l => l.Length == 64)]);
        Assert.EndsWith("Total reclaimed space: 100kB", prune.Text, StringComparison.Ordinal);
        Assert.Equal(running, await Docker.SayAsync("ps", "-a", "--format", "{{.Names}}"));
        JsonElement told = Assert.Single(await Events.PastAsync(Docker, since, "event=prune"));
        Assert.Equal("100000", told.GetProperty("Actor").GetProperty("Attributes").GetProperty("reclaimed").GetString());
        Assert.Equal("", told.GetProperty("Actor").GetProperty("ID").GetString());
    }

    [Fact]
    public async Task Nothing_to_prune_is_null_and_0()
        => Assert.Equal("{\"ContainersDeleted\":null,\"SpaceReclaimed\":0}", (await Api.PostAsync("/containers/prune")).Has(200).Body.Trim());

    [Fact]
    public async Task Filters_choose_what_goes()
    {
        string blue = await Docker.SayAsync("create", "--label", "colour=blue", "--network", "none", App, "true");
        string red = await Docker.SayAsync("create", "--label", "colour=red", "--network", "none", App, "true");
        string plain = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal("null", await PruneAsync("""{"until":["1h"]}"""));
        Assert.Equal("null", await PruneAsync("""{"label":["nosuch"]}"""));
        Assert.Equal($"[\"{blue}\"]", await PruneAsync("""{"label":{"colour=blue":true}}"""));
        Assert.Equal($"[\"{plain}\"]", await PruneAsync("""{"label!":["colour"]}"""));
        Assert.Equal($"[\"{red}\"]", await PruneAsync("{\"until\":[\"" + (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 10) + "\"]}"));
    }

    [Theory]
    [InlineData("""{"nosuch":["x"]}""", "nvalid filter 'nosuch'")]
    [InlineData("""{"until":["x"]}""", "ailed to parse value as time or duration: \"x\"")]
    [InlineData("""{"until":["1h","2h"]}""", "ore than one until filter specified")]
    public async Task A_filter_that_is_wrong_is_refused(string filters, string message)
    {
        ApiAnswer answer = await Api.PostAsync("/containers/prune?filters=" + Uri.EscapeDataString(filters));
        answer.Has(Engine.Kind == EngineKind.Docker && !filters.Contains("nosuch", StringComparison.Ordinal) ? 500 : 400); // 20.10: docs/differences.md
        Assert.Equal(message, answer.Message[1..]);
    }

    private async Task<string> PruneAsync(string filters)
        => (await Api.PostAsync("/containers/prune?filters=" + Uri.EscapeDataString(filters))).Has(200).Json.GetProperty("ContainersDeleted").GetRawText();
}
