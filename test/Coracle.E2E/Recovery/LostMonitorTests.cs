using System.Text.Json;

namespace Coracle.E2E;

/// <summary>kill -9 of the process that stays with a container: its container ends with it, at once, and says so.</summary>
public sealed class LostMonitorTests(Stage stage) : RecoveryTest(stage)
{
    private const string Error = "the container's monitor died, so its processes were killed";

    private static int Rounds => Figures.Rounds(6, 200);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_noticed_at_once_and_everything_of_the_container_is_gone(bool paused)
    {
        string id = await StartAsync("sleep 1000 & echo ready; sleep 1000");
        await LogHoldsAsync(id, "ready");
        int pid = await PidAsync(id);
        string since = Events.Now();
        await using Command wait = Docker.Start("wait", id);
        await using Command follow = Docker.Start("logs", "-f", id);
        await follow.OutputHoldsAsync("ready");
        if (paused)
        {
            await Docker.SayAsync("pause", id);
        }

        await Signals.SendAsync("KILL", Monitors.Of(id));
        // Nobody asks the engine anything here: who waits is told.
        Assert.Equal("137\n", (await wait.EndAsync(TimeSpan.FromSeconds(10))).Succeeds().Output);
        (await follow.EndAsync(TimeSpan.FromSeconds(10))).Succeeds();
        Assert.False(Processes.Lives(pid));
        Assert.Equal("exited 137 false", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}"));
        JsonElement died = Assert.Single(await Events.PastAsync(Docker, since, $"container={id}", "event=die"));
        string code = Engine.Kind == EngineKind.Docker ? "255" : "137"; // containerd says one thing in its event and another of its task
        Assert.Equal(code, died.GetProperty("Actor").GetProperty("Attributes").GetProperty("exitCode").GetString());
        if (Engine.Kind == EngineKind.Coracle)
        {
            Assert.Equal(Error, await InspectAsync(id, "{{.State.Error}}")); // dockerd says nothing
            Assert.Empty(Processes.CgroupsNaming([id]));
        }

        await Docker.SayAsync("start", id);
        await Docker.SayAsync("kill", id);
    }

    [Theory]
    [InlineData("always")]
    [InlineData("on-failure:1")]
    public async Task Its_policy_brings_the_container_back(string policy)
    {
        string id = await StartAsync("sleep 1000", "--restart", policy);
        int pid = await PidAsync(id);
        await Signals.SendAsync("KILL", Monitors.Of(id));
        await IsAsync(id, "{{.State.Status}} {{.RestartCount}}", "running 1");
        Assert.NotEqual(pid, await PidAsync(id));
        Assert.False(Processes.Lives(pid));
    }

    [Fact]
    public async Task What_removes_itself_goes()
    {
        string id = await StartAsync("sleep 1000", "--rm");
        await Signals.SendAsync("KILL", Monitors.Of(id));
        await Deadline.HoldsAsync("the removal", async () => (await Api.GetAsync($"/containers/{id}/json")).Status == 404, () => Engine.LogTail);
    }

    [Fact, Trait("Engine", "coracle")] // dockerd 20.10 leaves the processes running, tells no die and shows 0 or 255
    public async Task While_no_engine_runs_it_is_noticed_by_the_next()
    {
        string id = await StartAsync("sleep 1000");
        string kept = await StartAsync("sleep 1000", "--restart", "unless-stopped");
        int pid = await PidAsync(id);
        await Engine.KillAsync();
        await Signals.SendAsync("KILL", Monitors.Of(id));
        await Signals.SendAsync("KILL", Monitors.Of(kept));
        string since = Events.Now();
        await Engine.StartAgainAsync();
        Assert.False(Processes.Lives(pid));
        Assert.Equal($"exited 137 {Error}", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}"));
        Assert.Equal(["die"], await ToldAsync(since, id));
        await IsAsync(kept, "{{.State.Status}}", "running");
    }

    [Fact, Trait("Engine", "coracle")] // dockerd 20.10 keeps the exec's client waiting
    public async Task What_ran_as_an_exec_or_was_attached_ends_too()
    {
        string id = await StartAsync("sleep 1000");
        await using Command exec = Docker.Start("exec", id, "sh", "-c", "echo in; sleep 1000");
        await exec.OutputHoldsAsync("in");
        using RawConnection attached = await RawConnection.AttachAsync(Api, id, "stream=1&stdout=1");
        await Signals.SendAsync("KILL", Monitors.Of(id));
        Assert.Equal(137, (await exec.EndAsync(TimeSpan.FromSeconds(10))).ExitCode);
        await attached.ToEndAsync();
        await IsAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 137");
    }

    /// <summary>As soon as there is a monitor it is killed, or some moments later: in the middle of create, start, exec and attach.</summary>
    [Fact, Trait("Engine", "coracle")] // dockerd waits for ever in some of these moments
    public async Task In_the_middle_of_any_verb_the_verb_fails_and_nothing_is_left()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        int started = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int delay = random.Next(25);
            try
            {
                started += await OneKillAsync(round % 2 == 0, delay) ? 1 : 0;
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"round {round}, killed {delay} ms after it was there (seed {seed}): {failed.Message}\n{Engine.LogTail}", failed);
            }
        }

        Figures.Say($"{Rounds} kills -9 of a monitor 0 to 25 ms after its start, among execs and attaches: {started} containers had started; nothing left");
    }

    /// <returns>Whether the container had started by then.</returns>
    private async Task<bool> OneKillAsync(bool withVerbs, int delay)
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "sleep", "1000");
        string since = Events.Now();
        Task<ApiAnswer> start = Api.PostAsync($"/containers/{id}/start");
        int? monitor = null;
        await Deadline.HoldsAsync("the monitor", () => start.IsCompleted || (monitor = Monitors.TryFind(id)) is not null, () => Engine.LogTail);
        monitor ??= Monitors.Of(id);
        Task verbs = withVerbs ? VerbsAsync(id) : Task.CompletedTask;
        await Task.Delay(delay); // the random moment itself
        await Signals.SendAsync("KILL", monitor.Value);
        ApiAnswer answer = await start.WaitAsync(Deadline.Usual);
        Assert.Contains(answer.Status, (int[])[204, 500]);
        await verbs.WaitAsync(Deadline.Usual);
        await Deadline.HoldsAsync("the end", async () => await InspectAsync(id, "{{.State.Status}}") is "exited" or "created", () => Engine.LogTail);
        string[] told = await ToldAsync(since, id);
        bool ran = answer.Status == 204;
        Assert.Equal(ran ? 1 : 0, told.Count(t => t == "die"));
        Assert.Equal(ran ? "137" : "128", await InspectAsync(id, "{{.State.ExitCode}}"));
        Assert.Empty(Processes.CgroupsNaming([id]));
        await Docker.SayAsync("rm", id);
        return ran;
    }

    private async Task VerbsAsync(string id)
    {
        Task<CommandResult>[] verbs = [.. Enumerable.Range(0, 3).Select(_ => Docker.RunAsync("exec", id, "true")), Docker.RunAsync("attach", "--no-stdin", id)];
        await Task.WhenAll(verbs);
    }
}
