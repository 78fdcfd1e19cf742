using System.Globalization;

namespace Coracle.E2E;

/// <summary>What an engine costs flash: counted at the system calls and in the kernel's own books.</summary>
[Trait("Engine", "coracle")]
public sealed class QuietTests(Stage stage) : RecoveryTest(stage)
{
    /// <summary>What waits for a disk. sync_file_range counts too: its only use here waits.</summary>
    private const string Flushes = "fsync,fdatasync,sync,syncfs,sync_file_range,msync";

    /// <summary>An interval in which anything periodic would show: the longest pause of any timer here is a second or less, or a minute.</summary>
    private static readonly TimeSpan _watched = TimeSpan.FromSeconds(Figures.IsLong ? 70 : 5);

    [Theory]
    [InlineData(2, "--rm")]
    [InlineData(8, "--rm", "-v", "/anonymous")] // a volume is durable: it comes with four flushes and goes with two
    public async Task A_run_of_a_container_that_removes_itself_waits_for_the_disk_no_more_than_it_may(int most, params string[] options)
    {
        IReadOnlyList<TracedCall> calls = await FlushesAsync(["run", "--network", "none", .. options, App, "true"]);
        Assert.True(calls.Count <= most, string.Join('\n', calls));
        Assert.NotEmpty(await FlushesAsync("create", "--network", "none", App, "true")); // or the count says nothing
        Figures.Say($"docker run {string.Join(' ', options)}: {calls.Count} calls that wait for a disk");
    }

    /// <summary>The calls of the engine, and of what it starts meanwhile, while docker does this.</summary>
    private async Task<IReadOnlyList<TracedCall>> FlushesAsync(params string[] command)
    {
        await using SystemCallTrace trace = await SystemCallTrace.OfAsync(Engine, Flushes);
        await Docker.SayAsync(command);
        return await trace.EndAsync();
    }

    [Fact]
    public async Task An_idle_engine_with_an_idle_container_writes_nothing()
    {
        string id = await StartAsync("echo up; sleep 1000");
        await LogHoldsAsync(id, "up");
        await using Command follow = Docker.Start("logs", "-f", id); // somebody who listens is no reason either
        await follow.OutputHoldsAsync("up");
        int monitor = Monitors.Of(id);
        long before = Written(Engine.ProcessId) + Written(monitor);
        await Task.Delay(_watched); // the interval is what is measured
        Assert.Equal(before, Written(Engine.ProcessId) + Written(monitor));
        Figures.Say($"idle for {_watched.TotalSeconds} s with a running container: 0 bytes written");
        await Docker.SayAsync("create", "--network", "none", App, "true");
        await Deadline.HoldsAsync("a write that is seen", () => Written(Engine.ProcessId) + Written(monitor) > before, () => "the count says nothing");
    }

    /// <summary>Bytes this process has caused to go to a block device.</summary>
    private static long Written(int pid)
        => long.Parse(Processes.Read(pid, "io").Split('\n').Single(line => line.StartsWith("write_bytes:", StringComparison.Ordinal))["write_bytes: ".Length..], CultureInfo.InvariantCulture);
}
