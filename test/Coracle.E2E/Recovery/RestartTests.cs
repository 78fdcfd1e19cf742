using System.Text.Json;

namespace Coracle.E2E;

/// <summary>An engine that is stopped or killed and started again, at each moment of a container's life.</summary>
/// <remarks>Each test runs for both ends. What dockerd --live-restore does otherwise is in docs/differences.md.</remarks>
public sealed class RestartTests(Stage stage) : RecoveryTest(stage)
{
    /// <summary>Counts, ten lines a second or more, and obeys TERM with exit code 4.</summary>
    private const string Counting = "trap 'echo bye; exit 4' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done";

    private const string Times = "{{.State.Status}} {{.State.ExitCode}} {{.State.StartedAt}} {{.State.FinishedAt}} {{.RestartCount}} {{.State.Error}}";

    [Theory, MemberData(nameof(Ways))]
    public async Task A_created_container_stays_created(string way)
    {
        string id = await Docker.SayAsync("create", "--network", "none", "--restart", "always", App, "sh", "-c", "exit 3");
        string before = await InspectAsync(id, Times);
        await EndAndStartAgainAsync(way);
        Assert.Equal(before, await InspectAsync(id, Times));
        await Docker.SayAsync("start", id);
        await IsAsync(id, "{{.State.ExitCode}}", "3");
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_running_container_is_the_same_and_none_of_its_lines_is_lost_or_doubled(string way)
    {
        string id = await StartAsync(Counting);
        await LogHoldsAsync(id, "line 3\n");
        string before = await InspectAsync(id, Times);
        int pid = await PidAsync(id);
        for (int round = 0; round < 3; round++)
        {
            await EndAndStartAgainAsync(way);
            Assert.Equal(before, await InspectAsync(id, Times));
            Assert.Equal(pid, await PidAsync(id));
        }

        string since = Events.Now();
        await using Command wait = Docker.Start("wait", id);
        await Docker.SayAsync("stop", id);
        Assert.Equal("4\n", (await wait.EndAsync()).Succeeds().Output);
        await CountedAsync(id);
        Assert.Equal(["kill", "die", "stop"], await ToldAsync(since, id));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task What_a_client_was_attached_to_goes_on_and_can_be_attached_to_again(string way)
    {
        string id = await StartAsync("cat", "-i");
        using (RawConnection first = await RawConnection.AttachAsync(Api, id, "stream=1&stdin=1&stdout=1"))
        {
            await first.SendAsync("one\n");
            await first.HoldsAsync("one\n");
            await EndAsync(way);
            await first.ToEndAsync();
        }

        await Engine.StartAgainAsync();
        using RawConnection second = await RawConnection.AttachAsync(Api, id, "stream=1&stdin=1&stdout=1");
        await second.SendAsync("two\n");
        await second.HoldsAsync("two\n");
        second.HalfClose();
        await Docker.SayAsync("kill", id);
        if (Engine.Kind == EngineKind.Coracle)
        {
            Assert.Equal("one\ntwo", await Docker.SayAsync("logs", id));
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task An_exec_goes_on_and_the_container_takes_new_ones(string way)
    {
        string id = await StartAsync("trap 'exit 0' TERM; while [ ! -e /tmp/over ]; do sleep 0.05; done; exit 8");
        await Docker.SayAsync("exec", "-d", id, "sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.05; done; touch /tmp/over");
        await EndAndStartAgainAsync(way);
        Assert.Equal("hello", await Docker.SayAsync("exec", id, "echo", "hello"));
        await Docker.SayAsync("exec", id, "touch", "/tmp/go");
        Assert.Equal("8", await Docker.SayAsync("wait", id)); // so the first one was still there
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_stop_that_the_engine_does_not_live_to_finish_leaves_the_container_running(string way)
    {
        string id = await StartAsync("trap 'echo asked' TERM; trap 'exit 6' HUP; echo ready; while :; do sleep 0.05; done", "--restart", "unless-stopped");
        await LogHoldsAsync(id, "ready");
        await using Command stop = Docker.Start("stop", "-t", "60", id);
        await LogHoldsAsync(id, "asked");
        await EndAndStartAgainAsync(way);
        Assert.Equal("running", await InspectAsync(id, "{{.State.Status}}"));
        await Docker.SayAsync("stop", "-t", "0", id);
        Assert.Equal("exited 137", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"));
        await EndAndStartAgainAsync(way);
        Assert.Equal("exited 137", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}")); // stopped by hand
    }

    /// <summary>dockerd tells no die of it; and it reads the output itself, so what is said without it is lost.</summary>
    [Theory, MemberData(nameof(Ways)), Trait("Engine", "coracle")]
    public async Task An_end_without_an_engine_is_told_once_with_everything_about_it(string way)
    {
        string id = await StartAsync(Counting);
        await LogHoldsAsync(id, "line 3\n");
        string started = await InspectAsync(id, "{{.State.StartedAt}}");
        int pid = await PidAsync(id);
        string since = Events.Now();
        await EndAsync(way);
        await EndProcessAsync(pid);
        // Its time is the monitor's, who may get a processor only after the process is seen to be gone.
        await Deadline.HoldsAsync("the record of its end", () => Engine.Kind == EngineKind.Docker || HasExitRecord(id), () => Engine.LogTail);
        string until = Events.Now();
        await Engine.StartAgainAsync();
        JsonElement died = Assert.Single(await Events.PastAsync(Docker, since, $"container={id}", "event=die"));
        Assert.Equal("4", died.GetProperty("Actor").GetProperty("Attributes").GetProperty("exitCode").GetString());
        Assert.Empty(await Events.PastAsync(Docker, until, $"container={id}")); // as of its own time
        string after = await InspectAsync(id, Times);
        Assert.StartsWith($"exited 4 {started} ", after, StringComparison.Ordinal);
        Assert.Equal("4", await Docker.SayAsync("wait", id));
        await CountedAsync(id);
        await EndAndStartAgainAsync(way);
        Assert.Equal(after, await InspectAsync(id, Times));
        Assert.Empty(await Events.PastAsync(Docker, since, $"container={id}"));
    }

    private bool HasExitRecord(string id)
        => Directory.EnumerateFiles(Path.Combine(Engine.ExecRoot, "containers"), "exit", SearchOption.AllDirectories).Any(file => file.Contains(id, StringComparison.Ordinal));

    [Fact, Trait("Engine", "coracle")] // the event has the time of the end itself
    public async Task A_death_that_was_told_is_not_told_again_by_the_engine_after_a_kill()
    {
        for (int round = 0; round < 3; round++)
        {
            string since = Events.Now();
            await using Command listener = Docker.Start("events", "--since", since, "--filter", "event=die", "--format", "{{.TimeNano}} {{.Actor.ID}}"); // it may end before the listener is there
            string id = await StartAsync("exit 7");
            await listener.OutputHoldsAsync(id);
            await Engine.KillAsync();
            string told = (await listener.EndAsync()).Lines.Single(line => line.EndsWith(id, StringComparison.Ordinal));
            await Engine.StartAgainAsync();
            JsonElement[] again = await Events.PastAsync(Docker, since, $"container={id}", "event=die");
            // Killed between telling and remembering that it did, it is told by the next as what it is: the same event.
            Assert.All(again, e => Assert.Equal(told, $"{e.GetProperty("timeNano").GetInt64()} {id}"));
            Assert.Equal("exited 7", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"));
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_paused_container_that_is_killed_without_an_engine_has_ended(string way)
    {
        string id = await StartAsync(Counting);
        await LogHoldsAsync(id, "line 2\n");
        int pid = await PidAsync(id);
        await Docker.SayAsync("pause", id);
        await EndAndStartAgainAsync(way);
        Assert.Equal("paused", await InspectAsync(id, "{{.State.Status}}"));
        await EndAsync(way);
        await Signals.SendAsync("KILL", pid);
        await Engine.StartAgainAsync();
        await Docker.SayAsync("unpause", id).WaitAsync(Deadline.Usual).ContinueWith(_ => { }, TaskScheduler.Default); // v1 ends it only now
        await IsAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 137");
    }

    [Theory]
    [InlineData("always", 0, true)]
    [InlineData("always", 5, true)]
    [InlineData("unless-stopped", 0, true)]
    [InlineData("on-failure", 5, true)]
    [InlineData("on-failure", 0, false)]
    [InlineData("no", 5, false)]
    [Trait("Engine", "coracle")] // dockerd 20.10 finds "id already in use" and leaves it down, or running with nobody watching
    public async Task A_policy_is_obeyed_for_an_end_without_an_engine(string policy, int code, bool again)
    {
        string id = await StartAsync($"trap 'exit {code}' TERM; echo ready; while :; do sleep 0.05; done", "--restart", policy);
        await LogHoldsAsync(id, "ready");
        int pid = await PidAsync(id);
        string since = Events.Now();
        await Engine.KillAsync();
        await EndProcessAsync(pid);
        await Engine.StartAgainAsync();
        await IsAsync(id, "{{.State.Status}}", again ? "running" : "exited");
        if (again)
        {
            Assert.NotEqual(pid, await PidAsync(id));
        }
        else
        {
            await StaysDownAsync(id, since);
        }
    }

    /// <summary>By when another container has been started after it, a policy would have started it, too.</summary>
    private async Task StaysDownAsync(string id, string since)
    {
        await Docker.SayAsync("run", "--rm", "--network", "none", App, "true");
        Assert.DoesNotContain("start", await ToldAsync(since, id));
        Assert.Equal("exited", await InspectAsync(id, "{{.State.Status}}"));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_count_of_restarts_outlives_the_engine_and_what_is_used_up_stays_so(string way)
    {
        string id = await StartAsync("if [ -e /root/third ]; then trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done; elif [ -e /root/second ]; then touch /root/third; else touch /root/second; fi; exit 9", "--restart", "on-failure:2");
        await LogHoldsAsync(id, "up");
        Assert.Equal("running 2", await InspectAsync(id, "{{.State.Status}} {{.RestartCount}}"));
        await EndAndStartAgainAsync(way);
        Assert.Equal("running 2", await InspectAsync(id, "{{.State.Status}} {{.RestartCount}}"));
        int pid = await PidAsync(id);
        string since = Events.Now();
        await EndAsync(way);
        await EndProcessAsync(pid);
        await Engine.StartAgainAsync();
        Assert.Equal("exited 9 2", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}"));
        await StaysDownAsync(id, since);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_container_between_two_runs_goes_on_with_its_policy(string way)
    {
        string id = await StartAsync("echo run; exit 1", "--restart", "always");
        int runs = 0;
        await Deadline.HoldsAsync("a long rest", async () =>
        {
            string[] state = (await InspectAsync(id, "{{.State.Status}} {{.RestartCount}}")).Split(' ');
            runs = int.Parse(state[1], System.Globalization.CultureInfo.InvariantCulture) + 1;
            return state[0] == "restarting" && runs > 4; // 1.6 s, and longer each time
        }, () => Engine.LogTail);
        await EndAndStartAgainAsync(way);
        await Deadline.HoldsAsync("the next run", async () => (await Docker.RunAsync("logs", id)).Lines.Length > runs, () => Engine.LogTail);
        await Docker.SayAsync("stop", id);
        Assert.Equal("exited", await InspectAsync(id, "{{.State.Status}}"));
    }

    [Theory, MemberData(nameof(Ways)), Trait("Engine", "coracle")] // dockerd 20.10 forgets those that run as well
    public async Task What_removes_itself_goes_whichever_way_it_ends(string way)
    {
        string ended = await StartAsync("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", "--rm");
        string stopped = await StartAsync("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", "--rm");
        string killed = await StartAsync("sleep 1000", "--rm");
        await LogHoldsAsync(ended, "ready");
        await LogHoldsAsync(stopped, "ready");
        int pid = await PidAsync(ended);
        await EndAsync(way);
        await EndProcessAsync(pid);
        await Engine.StartAgainAsync();
        await GoneAsync(ended);
        Assert.Equal("running", await InspectAsync(stopped, "{{.State.Status}}"));
        await Docker.SayAsync("stop", stopped);
        await GoneAsync(stopped);
        await Docker.SayAsync("kill", killed);
        await GoneAsync(killed);
    }

    [Fact, Trait("Engine", "coracle")] // dockerd keeps what a boot takes in containerd's own directories
    public async Task After_a_boot_what_ran_shows_255_and_its_policy_brings_it_back()
    {
        string plain = await StartAsync("sleep 1000");
        string kept = await StartAsync("sleep 1000", "--restart", "unless-stopped");
        string ownEnd = await StartAsync("sleep 1000", "--rm");
        await Engine.KillAsync();
        await BootAsync(plain, kept, ownEnd);
        string since = Events.Now();
        await Engine.StartAgainAsync();
        Assert.Equal("exited 255", await InspectAsync(plain, "{{.State.Status}} {{.State.ExitCode}}"));
        await IsAsync(kept, "{{.State.Status}}", "running");
        await GoneAsync(ownEnd);
        Assert.Equal(["die"], await ToldAsync(since, plain));
        Assert.Equal(["die", "start"], await ToldAsync(since, kept));
    }

    /// <summary>As the power does it: no process is left, and nothing of exec-root.</summary>
    private async Task BootAsync(params string[] ids)
    {
        int[] all = [.. Processes.All().Where(p => ids.Any(id => Processes.CommandLine(p).Contains(id, StringComparison.Ordinal) || Processes.Read(p, "cgroup").Contains(id, StringComparison.Ordinal)))];
        foreach (int pid in all)
        {
            await Signals.SendAsync("KILL", pid);
        }

        await Deadline.HoldsAsync("the end of all processes", () => !all.Any(p => Processes.CommandLine(p).Length > 0), () => Engine.LogTail);
        foreach (string cgroup in Processes.CgroupsNaming(ids))
        {
            await Deadline.HoldsAsync("an empty cgroup", () => TryRemove(cgroup), () => cgroup);
        }

        Directory.Delete(Engine.ExecRoot, recursive: true);
    }

    private static bool TryRemove(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (IOException)
        {
            return false; // a process is still on its way out
        }
    }

    private Task GoneAsync(string id)
        => Deadline.HoldsAsync("the removal of " + id, async () => (await Api.GetAsync($"/containers/{id}/json")).Status == 404, () => Engine.LogTail);

    private async Task CountedAsync(string id)
    {
        string[] lines = (await Docker.RunAsync("logs", id)).Succeeds().Lines;
        Assert.Equal("bye", lines[^1]);
        Assert.Equal(Enumerable.Range(1, lines.Length - 1).Select(i => $"line {i}"), lines[..^1]);
    }
}
