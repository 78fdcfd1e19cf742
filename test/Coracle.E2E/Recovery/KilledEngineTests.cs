namespace Coracle.E2E;

/// <summary>kill -9 of the engine at any moment loses no container, no output, no exit code and no disk space.</summary>
public sealed class KilledEngineTests(Stage stage) : RecoveryTest(stage)
{
    private const int ShortRounds = 5;
    private const int LongRounds = 500;

    private static int Rounds => Figures.Rounds(ShortRounds, LongRounds);

    [Fact]
    public async Task A_running_container_is_found_again_with_all_its_output()
    {
        string id = await StartAsync("trap 'echo bye; exit 4' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done");
        string process = await Docker.SayAsync("inspect", "--format", "{{.State.Pid}}", id);
        await LogHoldsAsync(id, "line 3\n");
        await Engine.KillAsync();
        Assert.True(Processes.Exists(int.Parse(process)));
        await Engine.StartAgainAsync();
        Assert.Equal($"running {process}", await Docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.Pid}}", id));
        await using Command follow = Docker.Start("logs", "-f", id);
        await using Command wait = Docker.Start("wait", id);
        await follow.OutputHoldsAsync("line 40\n");
        await Docker.SayAsync("stop", id);
        Assert.Equal("4\n", (await wait.EndAsync()).Succeeds().Output);
        string[] lines = (await follow.EndAsync()).Succeeds().Lines;
        Assert.Equal("bye", lines[^1]);
        Assert.Equal(Enumerable.Range(1, lines.Length - 1).Select(i => $"line {i}"), lines[..^1]);
    }

    [Fact]
    public async Task A_container_that_ends_while_noEngine_is_there_has_its_exit_code_and_output()
    {
        string id = await StartAsync("echo before; trap 'echo after; exit 7' TERM; while :; do sleep 0.05; done");
        await LogHoldsAsync(id, "before");
        int process = int.Parse(await Docker.SayAsync("inspect", "--format", "{{.State.Pid}}", id));
        await Engine.KillAsync();
        await Signals.SendAsync("TERM", process);
        await Deadline.HoldsAsync("the end of the container's process", () => !Processes.Exists(process), () => Engine.LogTail);
        await Engine.StartAgainAsync();
        Assert.Equal("7", await Docker.SayAsync("wait", id));
        Assert.Equal("exited 7 false", await Docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}", id));
        // dockerd reads the output itself, so what is said without it is lost (docs/differences.md).
        Assert.Equal(Engine.Kind == EngineKind.Docker ? "before" : "before\nafter", await Docker.SayAsync("logs", id));
    }

    [Fact]
    public async Task AnEngine_that_is_stopped_leaves_its_containers_running()
    {
        string id = await StartAsync("echo ready; trap 'exit 0' TERM; while :; do sleep 0.05; done");
        await LogHoldsAsync(id, "ready");
        await Engine.StopAsync();
        await Engine.StartAgainAsync();
        Assert.Equal("running", await Docker.SayAsync("inspect", "--format", "{{.State.Status}}", id));
        await Docker.SayAsync("stop", id);
    }

    [Fact]
    public async Task A_stopped_container_and_its_files_are_there_after_a_kill()
    {
        await Docker.SayAsync("run", "--name", "kept", "--network", "none", App, "sh", "-c", "echo kept > /root/file");
        await Engine.KillAsync();
        await Engine.StartAgainAsync();
        Assert.Equal("exited 0", await Docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "kept"));
        Assert.Equal("kept Exited (0)", (await Docker.SayAsync("ps", "-a", "--format", "{{.Names}} {{.Status}}"))[..15]);
    }

    [Fact]
    public async Task A_pull_that_is_killed_at_any_moment_succeeds_again_and_leaves_nothing()
    {
        TestImage image = Images.Big;
        long start = Environment.TickCount64;
        await Docker.SayAsync("pull", "-q", image.Reference);
        int whole = (int)(Environment.TickCount64 - start);
        await Docker.SayAsync("rmi", image.Reference);
        string[] before = DataFiles();
        int seed = Environment.TickCount;
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            int moment = random.Next(whole);
            try
            {
                await OneKillAsync(image, moment);
                Assert.Equal(before, DataFiles());
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"round {round}, killed after {moment} of {whole} ms (seed {seed}): {failed.Message}\n{Engine.LogTail}", failed);
            }
        }

        Figures.Say($"{Rounds} kills -9 during a pull of {whole} ms: {before.Length} files in the data root before and after each");
    }

    private async Task OneKillAsync(TestImage image, int milliseconds)
    {
        await using Command pull = Docker.Start("pull", image.Reference);
        await Task.Delay(milliseconds); // the random moment itself
        await Engine.KillAsync();
        await pull.EndAsync();
        await Engine.StartAgainAsync();
        NothingIsHalfMade(image);
        await Docker.SayAsync("pull", "-q", image.Reference);
        Assert.Equal(image.Id, await Docker.SayAsync("inspect", "--format", "{{.Id}}", image.Reference));
        Assert.Equal("4\n", (await Docker.RunAsync("run", "--rm", "--network", "none", image.Reference, "sh", "-c", "ls /big | wc -l")).Succeeds().Output);
        NothingIsHalfMade(image);
        await Docker.SayAsync("rmi", image.Reference);
    }

    /// <summary>No staging, and no layer that no image has.</summary>
    private void NothingIsHalfMade(TestImage image)
    {
        if (Engine.Kind == EngineKind.Docker)
        {
            return; // dockerd leaks what it had (balena-engine too): docs/differences.md
        }

        string staging = Path.Combine(Engine.DataRoot, "staging");
        Assert.Empty(Directory.Exists(staging) ? Directory.GetFileSystemEntries(staging) : []);
        string[] committed = [.. Directory.GetDirectories(Path.Combine(Engine.DataRoot, "layers")).Select(d => Path.GetFileName(d)!)];
        Assert.Empty(committed.Except(image.Layers.Concat(Images.App.Layers).Select(l => l.DiffId["sha256:".Length..])));
    }
}
