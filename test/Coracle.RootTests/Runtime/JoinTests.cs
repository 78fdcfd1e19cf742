using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

/// <summary>Namespaces of another container, against the published monitor.</summary>
[Trait("Needs", "root"), Collection(MonitorHouse.Shared)]
public sealed class JoinTests(MonitorHouse house)
{
    private readonly MonitorLauncher _launcher = house.NewLauncher();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shared_memory_is_the_donors()
    {
        await using ContainerTask donor = await RunningAsync("echo shared > /dev/shm/file; while :; do sleep 1000; done");
        LaunchSpec spec = house.Shell("while ! cat /dev/shm/file; do sleep 0.05; done");
        spec = spec with
        {
            SharedMemoryOf = $"/proc/{donor.Pid}/ns/mnt",
            Isolation = spec.Isolation with { Ipc = new NamespaceChoice(NamespaceMode.Join, $"/proc/{donor.Pid}/ns/ipc") },
        };
        await ExpectAsync(spec, 0);
        await EndAsync(donor);
    }

    [Fact]
    public async Task Processes_are_the_donors()
    {
        await using ContainerTask donor = await RunningAsync("trap 'exit 4' TERM; while :; do sleep 0.05; done");
        LaunchSpec spec = house.Shell("[ $$ -ne 1 ] && kill -TERM 1");
        for (int i = 0; i < 20; i++)
        {
            // Many times: a sibling's reports must never come before its helper's.
            LaunchSpec quiet = house.Shell("[ $$ -ne 1 ]");
            await ExpectAsync(Joined(quiet, donor), 0);
        }

        await ExpectAsync(Joined(spec, donor), 0, orKilled: true);
        Assert.Equal(4, (await donor.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        _launcher.Forget(donor.ContainerId);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_told_and_the_monitor_goes()
    {
        LaunchSpec spec = house.Shell("true") with { SharedMemoryOf = "/proc/self/ns/nosuch" };
        await Assert.ThrowsAsync<LaunchFailedException>(() => _launcher.CreateAsync(spec, Cancel));
    }

    private static LaunchSpec Joined(LaunchSpec spec, ContainerTask donor)
        => spec with { Isolation = spec.Isolation with { Pid = new NamespaceChoice(NamespaceMode.Join, $"/proc/{donor.Pid}/ns/pid") } };

    private async Task<ContainerTask> RunningAsync(string script)
    {
        ContainerTask task = await _launcher.CreateAsync(house.Shell(script), Cancel);
        await task.StartAsync(Cancel);
        return task;
    }

    /// <param name="orKilled">It may end with the namespace that it is in.</param>
    private async Task ExpectAsync(LaunchSpec spec, int code, bool orKilled = false)
    {
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await task.StartAsync(Cancel);
        int got = (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode;
        Assert.True(got == code || (orKilled && got == 137), $"exit code {got}");
        _launcher.Forget(spec.ContainerId);
    }

    private async Task EndAsync(ContainerTask task)
    {
        await task.SignalAsync(9, Cancel);
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        _launcher.Forget(task.ContainerId);
    }
}
