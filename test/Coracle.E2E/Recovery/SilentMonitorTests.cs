namespace Coracle.E2E;

/// <summary>A monitor that lives and does nothing (SIGSTOP here; a hung log disk in life): whoever asks is told, and nobody else notices.</summary>
[Trait("Engine", "coracle")] // dockerd waits for ever for a shim that is stopped
public sealed class SilentMonitorTests(Stage stage) : RecoveryTest(stage)
{
    private const string Told = "the container's monitor has not answered";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(50);

    [Fact]
    public async Task Every_verb_says_so_in_its_time_and_other_containers_are_untouched()
    {
        string id = await StartAsync("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        string other = await StartAsync("echo other; sleep 1000");
        await LogHoldsAsync(id, "ready");
        int monitor = Monitors.Of(id);
        await Signals.SendAsync("STOP", monitor);
        try
        {
            Task<CommandResult>[] refused =
            [
                Docker.RunAsync("kill", "-s", "USR1", id), Docker.RunAsync("pause", id), Docker.RunAsync("exec", id, "true"),
                Docker.RunAsync("attach", "--no-stdin", id), Docker.RunAsync("rm", "-f", id), Docker.RunAsync("stop", "-t", "1", id),
            ];
            Assert.Equal("hello", await Docker.SayAsync("exec", other, "echo", "hello"));
            Assert.Equal("ready", await Docker.SayAsync("logs", id));
            await Docker.SayAsync("rm", "-f", other);
            foreach (CommandResult result in await Task.WhenAll(refused).WaitAsync(_limit))
            {
                // What docker exec is told after its start goes to standard output; docker attach shows the status of the answer alone.
                string told = result.CommandLine.Contains(" attach ", StringComparison.Ordinal) ? "received 500" : Told;
                Assert.True(result.ExitCode != 0 && result.Everything.Contains(told, StringComparison.Ordinal), $"{result}");
            }
        }
        finally
        {
            await Signals.SendAsync("CONT", monitor);
        }

        await IsAsync(id, "{{.State.Status}}", "exited"); // what was asked for has come about
    }

    [Fact]
    public async Task An_engine_that_starts_meanwhile_waits_for_nobody_and_believes_it_when_it_answers()
    {
        string id = await StartAsync("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        string other = await StartAsync("echo other; sleep 1000");
        await LogHoldsAsync(id, "ready");
        int pid = await PidAsync(id);
        int monitor = Monitors.Of(id);
        await Signals.SendAsync("STOP", monitor);
        await Engine.KillAsync();
        await Engine.StartAgainAsync();
        Assert.Equal("running", await InspectAsync(id, "{{.State.Status}}"));
        Assert.Contains("monitor has not answered", (await Docker.RunAsync("rm", "-f", id)).Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, (await Docker.RunAsync("attach", "--no-stdin", id).WaitAsync(_limit)).ExitCode);
        await Docker.SayAsync("rm", "-f", other);
        await Signals.SendAsync("CONT", monitor);
        await IsAsync(id, "{{.State.Status}} {{.State.Pid}}", $"running {pid}");
        await Docker.SayAsync("stop", id);
        Assert.Equal("exited 7", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"));
    }

    [Fact]
    public async Task One_that_is_killed_after_all_is_a_lost_one()
    {
        string id = await StartAsync("sleep 1000");
        int monitor = Monitors.Of(id);
        await Signals.SendAsync("STOP", monitor);
        await Engine.KillAsync();
        await Engine.StartAgainAsync();
        await Signals.SendAsync("KILL", monitor);
        await IsAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 137");
    }
}
