using System.Text.Json;

namespace Coracle.E2E;

/// <summary>
/// Two builds, the second with a newer protocol between engine and monitor (out/coracle-next, a test build), replaced one by the other
/// while containers run: each speaks to the monitors of both, and nothing of a container is lost on the way there and back.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class UpgradeTests(Stage stage) : RecoveryTest(stage)
{
    private const string Counting = "trap 'echo bye; exit 4' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done";

    private protected override Task<Engine> StartEngineAsync() => Engine.StartInstalledAsync();

    [Theory, MemberData(nameof(Ways))]
    public async Task Containers_live_through_an_upgrade_and_the_way_back(string way)
    {
        Assert.True(File.Exists(Engine.NextProgram), $"{Engine.NextProgram} is not there: run build/publish.sh --next");
        string old = await StartAsync(Counting);
        string oldEnds = await StartAsync(Counting);
        string oldLost = await StartAsync("sleep 1000");
        await Task.WhenAll(LogHoldsAsync(old, "line 2\n"), LogHoldsAsync(oldEnds, "line 2\n"));
        int oldPid = await PidAsync(old);
        await UpgradeAsync(way, Engine.NextProgram, ends: oldEnds, lost: oldLost);
        Assert.Contains($"its first process is {oldPid}, protocol 2", await LogAsync(), StringComparison.Ordinal);

        await UseAsync(old);
        string fresh = await StartAsync(Counting);
        string freshEnds = await StartAsync(Counting);
        string freshLost = await StartAsync("sleep 1000");
        await Task.WhenAll(LogHoldsAsync(fresh, "line 2\n"), LogHoldsAsync(freshEnds, "line 2\n"));
        Assert.Contains($"the monitor of {fresh} says that it is next", await LogAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain($"the monitor of {old} says", await LogAsync(), StringComparison.Ordinal);
        await UseAsync(fresh);
        int freshPid = await PidAsync(fresh);
        await UpgradeAsync(way, Engine.Program, ends: freshEnds, lost: freshLost);
        Assert.Contains($"its first process is {freshPid}, protocol 2", await LogAsync(), StringComparison.Ordinal);

        await UseAsync(fresh);
        await UseAsync(old);
        string since = Events.Now();
        await Docker.SayAsync("stop", fresh, old);
        foreach (string id in new[] { fresh, old })
        {
            Assert.Equal("exited 4", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"));
            Assert.Equal(["kill", "die", "stop"], await ToldAsync(since, id));
            await CountedAsync(id);
        }
    }

    /// <summary>Replaces the file while the engine runs, ends that, ends two containers without an engine, and starts what is installed now.</summary>
    private async Task UpgradeAsync(string way, string program, string ends, string lost)
    {
        int pid = await PidAsync(ends);
        Engine.Install(program);
        await Docker.SayAsync("exec", ends, "true"); // the old engine and its monitors do not mind
        string since = Events.Now();
        await EndAsync(way);
        await EndProcessAsync(pid);
        await Signals.SendAsync("KILL", Monitors.Of(lost));
        await Engine.StartAgainAsync();
        Assert.Equal("exited 4", await InspectAsync(ends, "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Equal("exited 137", await InspectAsync(lost, "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Empty(Processes.CgroupsNaming([lost]));
        JsonElement died = Assert.Single(await Events.PastAsync(Docker, since, $"container={ends}", "event=die"));
        Assert.Equal("4", died.GetProperty("Actor").GetProperty("Attributes").GetProperty("exitCode").GetString());
        Assert.Single(await Events.PastAsync(Docker, since, $"container={lost}", "event=die"));
        await CountedAsync(ends);
    }

    /// <summary>Every verb that asks the monitor.</summary>
    private async Task UseAsync(string id)
    {
        Assert.Equal("in", await Docker.SayAsync("exec", id, "echo", "in"));
        Assert.Equal(9, (await Docker.RunAsync("exec", "-e", "A=9", id, "sh", "-c", "exit $A")).ExitCode);
        await Docker.SayAsync("pause", id);
        await Docker.SayAsync("unpause", id);
        Assert.Contains("sh -c", await Docker.SayAsync("top", id), StringComparison.Ordinal);
        using RawConnection attached = await RawConnection.AttachAsync(Api, id, "stream=1&stdout=1&logs=1");
        await attached.HoldsAsync("line 1\n");
    }

    private Task<string> LogAsync() => File.ReadAllTextAsync(Engine.LogPath);

    private async Task CountedAsync(string id)
    {
        string[] lines = (await Docker.RunAsync("logs", id)).Succeeds().Lines;
        Assert.Equal("bye", lines[^1]);
        Assert.Equal(Enumerable.Range(1, lines.Length - 1).Select(i => $"line {i}"), lines[..^1]);
    }
}
