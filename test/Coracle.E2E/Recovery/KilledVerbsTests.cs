namespace Coracle.E2E;

/// <summary>kill -9 of the engine around pause and rename: a paused container is still paused, and nobody's name is lost or doubled.</summary>
public sealed class KilledVerbsTests(Stage stage) : IAsyncLifetime
{
    private const int ShortRounds = 4;
    private const int LongRounds = 50;

    private Engine _engine = null!;
    private LeakCheck _leaks = null!;
    private DockerCli _docker = null!;

    private static int Rounds => Environment.GetEnvironmentVariable("CORACLE_E2E_LONG") is "1" ? LongRounds : ShortRounds;

    private string App => stage.Images.App.Reference;

    public async ValueTask InitializeAsync()
    {
        _engine = await Engine.StartAsync();
        _docker = new DockerCli(DockerCli.Newest, _engine);
        _leaks = new LeakCheck(_engine);
        _leaks.TakeBaseline();
        await _docker.SayAsync("pull", "-q", App);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _leaks.CleanAndCheckAsync();
        }
        finally
        {
            _leaks.Dispose();
            await _engine.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_paused_container_is_paused_after_the_engine_was_killed()
    {
        string id = await _docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done");
        await Deadline.HoldsAsync("its handlers", async () => await _docker.SayAsync("logs", id) == "ready", () => _engine.LogTail);
        await _docker.SayAsync("pause", id);
        await _engine.KillAsync();
        await _engine.StartAgainAsync();
        Assert.Equal("paused true", await _docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.Paused}}", id));
        await _docker.SayAsync("unpause", id);
        Assert.Equal("running", await _docker.SayAsync("inspect", "--format", "{{.State.Status}}", id));
        await _docker.SayAsync("pause", id);
        await _engine.KillAsync();
        await _engine.StartAgainAsync();
        await _docker.SayAsync("stop", id);
        Assert.Equal("5", await _docker.SayAsync("inspect", "--format", "{{.State.ExitCode}}", id));
    }

    [Fact]
    public async Task Renames_that_are_cut_off_leave_each_container_with_one_of_its_names()
    {
        string[] ids = [await CreateAsync("even0"), await CreateAsync("odd0")];
        int seed = Environment.TickCount;
        Random random = new(seed);
        for (int round = 0; round < Rounds; round++)
        {
            Task[] renaming = [RenameAsync(ids[0], "even", round), RenameAsync(ids[1], "odd", round)];
            await Task.Delay(random.Next(200)); // the random moment itself
            await _engine.KillAsync();
            await Task.WhenAll(renaming);
            await _engine.StartAgainAsync();
            string[] lines = (await _docker.RunAsync("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}")).Succeeds().Lines;
            Assert.True(lines.Length == 2, $"round {round} (seed {seed}): {string.Join(", ", lines)}");
            foreach (string line in lines)
            {
                string[] words = line.Split(' ');
                Assert.StartsWith(words[0] == ids[0] ? "even" : "odd", words[1], StringComparison.Ordinal);
                Assert.Equal(words[0], await _docker.SayAsync("inspect", "--format", "{{.Id}}", words[1]));
            }
        }
    }

    private Task<string> CreateAsync(string name) => _docker.SayAsync("create", "--name", name, "--network", "none", App, "true");

    /// <summary>New names, one after the other, until the engine is gone.</summary>
    private async Task RenameAsync(string id, string word, int round)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                (await _engine.Api.PostAsync($"/containers/{id}/rename?name={word}-{round}-{i}")).Has(204);
            }
        }
        catch (HttpRequestException)
        {
            // Killed: what the answer would have been is what the test looks at.
        }
    }
}
