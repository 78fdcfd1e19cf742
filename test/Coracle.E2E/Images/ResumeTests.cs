namespace Coracle.E2E;

/// <summary>Lines that break, registries that ask for patience, clients that go away.</summary>
public sealed class ResumeTests(Stage stage) : EngineTest(stage)
{
    private static readonly TimeSpan _retries = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_connection_that_breaks_goes_on_where_it_broke()
    {
        const int Length = 3_000_000;
        TestImage image = await Images.PushAsync("resume", "1", [Gallery.Noise("n", 31, Length)], new RunSettings(["x"]));
        await using var proxy = new CuttingProxy(Registry, cutAfter: 2_000_000);
        await using Engine engine = await Engine.StartAsync(new EngineSetting("", "--max-download-attempts", "5"));
        await using Command pulling = new DockerCli(DockerCli.Newest, engine).Start("pull", $"{proxy.Address}/resume:1");

        CommandResult pull = (await pulling.EndAsync(_retries)).Succeeds();

        string row = TestImage.Short(image.Layers[0]);
        Assert.Contains($"{row}: Retrying in 5 seconds", pull.Lines);
        Assert.Contains($"{row}: Pull complete", pull.Lines);
        Assert.InRange(proxy.Sent, Length, Length + 200_000);   // headers, the manifest, what was under way when it broke
    }

    [Fact]
    public async Task The_number_of_tries_can_be_chosen()
    {
        await Images.PushAsync("once", "1", [Gallery.Noise("n", 32, 500_000)], new RunSettings(["x"]));
        await using var proxy = new CuttingProxy(Registry, cutAfter: 3_000);
        await using Engine engine = await Engine.StartAsync(new EngineSetting("", "--max-download-attempts", "1"));

        CommandResult pull = await new DockerCli(DockerCli.Newest, engine).RunAsync("pull", $"{proxy.Address}/once:1");

        // dockerd counts what comes after the first try.
        string tooMany = Engine.Kind == EngineKind.Docker ? "Retrying in 10 seconds" : "Retrying";
        Assert.DoesNotContain(tooMany, pull.Exits(1).Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_asks_for_patience_is_quoted()
    {
        await using var registry = new LyingRegistry(path => path.TrimEnd('/') == "/v2" ? Lie.Text(200, "application/json", "{}")
            : Lie.Text(429, "application/json", """{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}"""));

        CommandResult pull = await Docker.RunAsync("pull", $"{registry.Address}/x:1");

        Assert.Contains("toomanyrequests: You have reached your pull rate limit.", pull.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_the_pull_and_what_is_whole_is_kept()
    {
        Layer small = Gallery.Noise("a", 33, 100_000), large = Gallery.Noise("b", 34, 4_000_000);
        TestImage image = await Images.PushAsync("leave", "1", [small, large], new RunSettings(["x"]));
        var gate = new TaskCompletionSource();
        await using var proxy = new CuttingProxy(Registry, int.MaxValue) { Gate = gate.Task, HoldAfter = 1_000_000 };
        await using Engine engine = await Engine.StartAsync();
        var cli = new DockerCli(DockerCli.Newest, engine);
        await using (Command pulling = cli.Start("pull", $"{proxy.Address}/leave:1"))
        {
            await pulling.OutputHoldsAsync($"{TestImage.Short(small)}: Download complete");
            await pulling.SignalAsync("KILL");
        }

        // dockerd may keep an idle connection.
        await Deadline.HoldsAsync("the end of the engine's connections", () => proxy.OpenConnections <= (Engine.Kind == EngineKind.Docker ? 3 : 0), () => engine.LogTail);
        gate.SetResult();

        CommandResult again = (await cli.RunAsync("pull", $"{proxy.Address}/leave:1")).Succeeds();
        Assert.Equal(image.Id, await cli.SayAsync("inspect", "--format", "{{.Id}}", $"{proxy.Address}/leave:1"));
        if (Engine.Kind == EngineKind.Coracle)
        {
            Assert.Contains($"{TestImage.Short(small)}: Already exists", again.Lines);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(engine.DataRoot, "staging")));
        }
    }
}
