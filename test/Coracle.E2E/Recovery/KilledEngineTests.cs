namespace Coracle.E2E;

/// <summary>kill -9 of the engine at any moment loses no container, no output, no exit code and no disk space.</summary>
public sealed class KilledEngineTests(Stage stage) : IAsyncLifetime
{
    private const int ShortRounds = 5;
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
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _leaks.CleanAndCheckAsync();
        }
        finally
        {
            // A test that found a leak must not leave an engine running as one more.
            _leaks.Dispose();
            await _engine.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_running_container_is_found_again_with_all_its_output()
    {
        string id = await StartAsync("trap 'echo bye; exit 4' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done");
        string process = await _docker.SayAsync("inspect", "--format", "{{.State.Pid}}", id);
        await LogHoldsAsync(id, "line 3\n");
        await _engine.KillAsync();
        Assert.True(Processes.Exists(int.Parse(process)));
        await _engine.StartAgainAsync();
        Assert.Equal($"running {process}", await _docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.Pid}}", id));
        await using Command follow = _docker.Start("logs", "-f", id);
        await using Command wait = _docker.Start("wait", id);
        await follow.OutputHoldsAsync("line 40\n");
        await _docker.SayAsync("stop", id);
        Assert.Equal("4\n", (await wait.EndAsync()).Succeeds().Output);
        string[] lines = (await follow.EndAsync()).Succeeds().Lines;
        Assert.Equal("bye", lines[^1]);
        Assert.Equal(Enumerable.Range(1, lines.Length - 1).Select(i => $"line {i}"), lines[..^1]);
    }

    [Fact]
    public async Task A_container_that_ends_while_no_engine_is_there_has_its_exit_code_and_output()
    {
        string id = await StartAsync("echo before; trap 'echo after; exit 7' TERM; while :; do sleep 0.05; done");
        await LogHoldsAsync(id, "before");
        int process = int.Parse(await _docker.SayAsync("inspect", "--format", "{{.State.Pid}}", id));
        await _engine.KillAsync();
        await Signals.SendAsync("TERM", process);
        await Deadline.HoldsAsync("the end of the container's process", () => !Processes.Exists(process), () => _engine.LogTail);
        await _engine.StartAgainAsync();
        Assert.Equal("7", await _docker.SayAsync("wait", id));
        Assert.Equal("exited 7 false", await _docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}", id));
        // dockerd reads the output itself, so what is said without it is lost (docs/differences.md).
        Assert.Equal(Engine.Kind == EngineKind.Docker ? "before" : "before\nafter", await _docker.SayAsync("logs", id));
    }

    [Fact]
    public async Task An_engine_that_is_stopped_leaves_its_containers_running()
    {
        string id = await StartAsync("echo ready; trap 'exit 0' TERM; while :; do sleep 0.05; done");
        await LogHoldsAsync(id, "ready");
        await _engine.StopAsync();
        await _engine.StartAgainAsync();
        Assert.Equal("running", await _docker.SayAsync("inspect", "--format", "{{.State.Status}}", id));
        await _docker.SayAsync("stop", id);
    }

    [Fact]
    public async Task A_stopped_container_and_its_files_are_there_after_a_kill()
    {
        await _docker.SayAsync("pull", "-q", App);
        await _docker.SayAsync("run", "--name", "kept", "--network", "none", App, "sh", "-c", "echo kept > /root/file");
        await _engine.KillAsync();
        await _engine.StartAgainAsync();
        Assert.Equal("exited 0", await _docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "kept"));
        Assert.Equal("kept Exited (0)", (await _docker.SayAsync("ps", "-a", "--format", "{{.Names}} {{.Status}}"))[..15]);
    }

    [Fact]
    public async Task A_pull_that_is_killed_at_any_moment_succeeds_again_and_leaves_nothing()
    {
        TestImage image = stage.Images.Big;
        long start = Environment.TickCount64;
        await _docker.SayAsync("pull", "-q", image.Reference);
        int whole = (int)(Environment.TickCount64 - start);
        await _docker.SayAsync("rmi", image.Reference);
        int seed = Environment.TickCount;
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            int moment = random.Next(whole);
            try
            {
                await OneKillAsync(image, moment);
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"round {round}, killed after {moment} of {whole} ms (seed {seed}): {failed.Message}\n{_engine.LogTail}", failed);
            }
        }
    }

    private async Task OneKillAsync(TestImage image, int milliseconds)
    {
        await using Command pull = _docker.Start("pull", image.Reference);
        await Task.Delay(milliseconds); // the random moment itself
        await _engine.KillAsync();
        await pull.EndAsync();
        await _engine.StartAgainAsync();
        NothingIsHalfMade(image);
        await _docker.SayAsync("pull", "-q", image.Reference);
        Assert.Equal(image.Id, await _docker.SayAsync("inspect", "--format", "{{.Id}}", image.Reference));
        Assert.Equal("4\n", (await _docker.RunAsync("run", "--rm", "--network", "none", image.Reference, "sh", "-c", "ls /big | wc -l")).Succeeds().Output);
        NothingIsHalfMade(image);
        await _docker.SayAsync("rmi", image.Reference);
        Assert.Empty(CommittedLayers());
    }

    /// <summary>No staging, and no layer that the image does not have.</summary>
    private void NothingIsHalfMade(TestImage image)
    {
        if (Engine.Kind == EngineKind.Docker)
        {
            return; // dockerd leaks what it had (balena-engine too): docs/differences.md
        }

        string staging = Path.Combine(_engine.DataRoot, "staging");
        Assert.Empty(Directory.Exists(staging) ? Directory.GetFileSystemEntries(staging) : []);
        Assert.Empty(CommittedLayers().Except(image.Layers.Select(l => l.DiffId["sha256:".Length..])));
    }

    private string[] CommittedLayers()
    {
        string layers = Path.Combine(_engine.DataRoot, Engine.Kind == EngineKind.Docker ? "image/overlay2/layerdb/sha256" : "layers");
        return Directory.Exists(layers) ? [.. Directory.GetDirectories(layers).Select(d => Path.GetFileName(d)!.Replace("sha256:", "", StringComparison.Ordinal))] : [];
    }

    private async Task<string> StartAsync(string line)
    {
        await _docker.SayAsync("pull", "-q", App);
        return await _docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", line);
    }

    private Task LogHoldsAsync(string id, string text)
        => Deadline.HoldsAsync($"'{text}' in the log", async () => (await _docker.RunAsync("logs", id)).Output.Contains(text, StringComparison.Ordinal), () => _engine.LogTail);
}
