using System.Text.Json;

namespace Coracle.E2E;

public sealed class EventTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task One_run_is_told_as_create_attach_start_die_destroy(string program)
    {
        string name = Name();
        await using Command events = Cli(program).Start("events", "--filter", "type=container", "--filter", $"container={name}", "--format", "{{.Action}}");
        await ListeningAsync(events, name);
        await Docker.SayAsync("run", "--rm", "--name", name, "--network", "none", App, "true");
        await events.OutputHoldsAsync("die\ndestroy\n"); // listening itself made and removed one
        string[] seen = [.. events.OutputSoFar.Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipWhile(a => a != "attach")];
        Assert.Equal(["attach", "start", "die", "destroy"], seen);
    }

    [Fact]
    public async Task A_death_names_the_exit_code_the_image_and_the_container()
    {
        string name = Name();
        string since = Now();
        string id = await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", "--label", "colour=blue", App, "sh", "-c", "exit 9");
        await Docker.SayAsync("wait", id);
        JsonElement died = Assert.Single(await PastAsync(since, $"container={id}", "event=die"));
        Assert.Equal("container", died.GetProperty("Type").GetString());
        Assert.Equal("die", died.GetProperty("Action").GetString());
        Assert.Equal("die", died.GetProperty("status").GetString());
        Assert.Equal(id, died.GetProperty("id").GetString());
        Assert.Equal(App, died.GetProperty("from").GetString());
        Assert.Equal(id, died.GetProperty("Actor").GetProperty("ID").GetString());
        JsonElement attributes = died.GetProperty("Actor").GetProperty("Attributes");
        Assert.Equal("9", attributes.GetProperty("exitCode").GetString());
        Assert.Equal(App, attributes.GetProperty("image").GetString());
        Assert.Equal(name, attributes.GetProperty("name").GetString());
        Assert.Equal("blue", attributes.GetProperty("colour").GetString());
        Assert.True(died.GetProperty("timeNano").GetInt64() / 1_000_000_000 == died.GetProperty("time").GetInt64());
    }

    [Fact]
    public async Task Kill_and_stop_are_told_with_the_signal()
    {
        string since = Now();
        string name = await SleeperAsync();
        await Docker.SayAsync("stop", name);
        JsonElement killed = Assert.Single(await PastAsync(since, $"container={name}", "event=kill"));
        Assert.Equal("15", killed.GetProperty("Actor").GetProperty("Attributes").GetProperty("signal").GetString());
        Assert.Single(await PastAsync(since, $"container={name}", "event=stop"));
    }

    [Fact]
    public async Task Images_are_told_too()
    {
        string since = Now();
        await Docker.SayAsync("pull", "-q", Images.AppNext.Reference);
        await Docker.SayAsync("tag", Images.AppNext.Reference, "event:1");
        await Docker.SayAsync("rmi", "event:1", Images.AppNext.Reference);
        string[] actions = [.. (await PastAsync(since, "type=image")).Select(e => e.GetProperty("Action").GetString()!)];
        Assert.Equal(["pull", "tag", "untag", "untag", "delete"], actions);
    }

    /// <summary>The stream has no first message: what it shows first of a container made again and again says that it listens.</summary>
    private async Task ListeningAsync(Command events, string name)
    {
        await Deadline.HoldsAsync("the event stream to listen", async () =>
        {
            await Docker.SayAsync("create", "--name", name, App, "true");
            await Docker.SayAsync("rm", name);
            return events.OutputSoFar.Contains("destroy", StringComparison.Ordinal);
        }, () => Engine.LogTail);
    }

    private Task<JsonElement[]> PastAsync(string since, params string[] filters) => Events.PastAsync(Docker, since, filters);

    private static string Now() => Events.Now();
}
