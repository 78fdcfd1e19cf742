using System.Text;
using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

/// <summary>Our engine and the monitors of builds before and after it: they speak the newest version that both know.</summary>
[Trait("Needs", "root"), Collection(MonitorHouse.Shared)]
public sealed class MonitorVersionTests(MonitorHouse house)
{
    private static readonly AttachOptions _output = new(Stdin: false, Stdout: true, Stderr: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("first")]
    [InlineData("next")]
    public async Task Another_builds_monitor_is_found_attached_signalled_and_its_exit_read(string protocol)
    {
        LaunchSpec spec = house.Shell("trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done");
        await using (ContainerTask started = await house.LauncherOf(protocol).CreateAsync(spec, Cancel))
        {
            await started.StartAsync(Cancel);
        }

        MonitorLauncher ours = house.NewLauncher();
        await using ContainerTask? found = await ours.FindAsync(spec.ContainerId, Cancel);
        Assert.NotNull(found);
        await using AttachedStream attached = await found.AttachAsync(_output with { SinceLog = true }, Cancel);
        await found.PauseAsync(Cancel);
        await found.ResumeAsync(Cancel);
        await WaitForLogAsync(spec, "up");
        await found.SignalAsync(15, Cancel);
        Assert.EndsWith("bye\n", MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)).Stdout, StringComparison.Ordinal);
        Assert.Equal(5, (await found.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        Assert.Equal((5, false), (ours.TryReadExit(spec.ContainerId)!.ExitCode, ours.TryReadExit(spec.ContainerId)!.MonitorLost));
        ours.Forget(spec.ContainerId);
    }

    [Fact]
    public async Task A_newer_monitor_takes_our_execs_and_an_older_one_is_not_asked()
    {
        ExecSpec exec = new()
        {
            ContainerId = "",
            Process = new ProcessSpec { Arguments = ["sh", "-c", "exit 6"], Environment = ["PATH=/bin"], WorkingDirectory = "/" },
            Stdout = true,
        };
        foreach (string protocol in new[] { "next", "first" })
        {
            LaunchSpec spec = house.Shell("sleep 1000");
            await using (ContainerTask started = await house.LauncherOf(protocol).CreateAsync(spec, Cancel))
            {
                await started.StartAsync(Cancel);
            }

            MonitorLauncher ours = house.NewLauncher();
            await using ContainerTask? found = await ours.FindAsync(spec.ContainerId, Cancel);
            string id = new('e', 64);
            if (protocol == "next")
            {
                ExecTask task = await found!.CreateExecAsync(id, exec with { ContainerId = spec.ContainerId }, Cancel);
                await task.StartAsync(Cancel);
                Assert.Equal(6, await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
            }
            else
            {
                IOException refused = await Assert.ThrowsAsync<IOException>(() => found!.CreateExecAsync(id, exec, Cancel));
                Assert.Contains("started by an older engine", refused.Message, StringComparison.Ordinal);
            }

            await found!.SignalAsync(9, Cancel);
            Assert.Equal(137, (await found.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
            ours.Forget(spec.ContainerId);
        }
    }

    [Theory]
    [InlineData("first")]
    [InlineData("next")]
    public async Task What_another_builds_monitor_leaves_when_it_is_killed_is_cleaned_up(string protocol)
    {
        LaunchSpec spec = house.Shell("sleep 1000");
        ContainerTask started = await house.LauncherOf(protocol).CreateAsync(spec, Cancel);
        await started.StartAsync(Cancel);
        int pid = started.Pid;
        int monitor = MonitorTests.ParentOf(pid);
        await started.DisposeAsync();
        System.Diagnostics.Process.GetProcessById(monitor).Kill();
        MonitorLauncher ours = house.NewLauncher();
        Assert.Null(await ours.FindAsync(spec.ContainerId, Cancel));
        ExitRecord left = ours.TryReadExit(spec.ContainerId)!;
        Assert.Equal((137, true, "the container's monitor died, so its processes were killed"), (left.ExitCode, left.MonitorLost, left.Error));
        ours.Forget(spec.ContainerId);
        house.Sweep();
    }

    private static async Task WaitForLogAsync(LaunchSpec spec, string text)
    {
        long end = Environment.TickCount64 + (long)MonitorHouse.Limit.TotalMilliseconds;
        while (!File.Exists(spec.Log.Path) || !Encoding.UTF8.GetString(await File.ReadAllBytesAsync(spec.Log.Path, Cancel)).Contains(text, StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 < end, $"'{text}' did not come into the log");
            await Task.Delay(10, Cancel);
        }
    }
}
