using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

/// <summary>Our own process 1, against the published monitor.</summary>
[Trait("Needs", "root"), Collection(MonitorHouse.Shared)]
public sealed class InitTests(MonitorHouse house)
{
    private static readonly AttachOptions _output = new(Stdin: false, Stdout: true, Stderr: true);

    private readonly MonitorLauncher _launcher = house.NewLauncher();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_program_is_its_child_and_its_end_is_the_containers()
    {
        (string output, int code) = await RunAsync("cat /proc/1/comm; cat /proc/1/cmdline; echo; echo $$; exit 42");
        Assert.StartsWith("docker-init\n/sbin/docker-init -- sh\0", output, StringComparison.Ordinal);
        Assert.EndsWith("\n2\n", output, StringComparison.Ordinal);
        Assert.Equal(42, code);
    }

    [Fact]
    public async Task A_signal_that_ends_the_program_is_told()
        => Assert.Equal(137, (await RunAsync("kill -9 $$")).ExitCode);

    [Fact]
    public async Task Signals_are_passed_on()
    {
        LaunchSpec spec = house.Shell("trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done") with { Init = true };
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        byte[] buffer = new byte[64];
        Assert.NotEqual(0, await attached.ReadAsync(buffer, Cancel));
        await task.SignalAsync(15, Cancel);
        Assert.Equal(9, (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        _launcher.Forget(spec.ContainerId);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told_as_ever()
    {
        LaunchSpec spec = house.Spec(new StdioSpec(false, false, false), "nosuch") with { Init = true };
        LaunchFailedException failure = await Assert.ThrowsAsync<LaunchFailedException>(() => _launcher.CreateAsync(spec, Cancel));
        Assert.Equal(LaunchFailureKind.NotFound, failure.Kind);

        LaunchSpec garbage = house.Shell("") with { Init = true };
        garbage = garbage with { Process = garbage.Process with { Arguments = ["/bin/garbage"] } };
        File.WriteAllText(garbage.Root.UpperDirectory + "/garbage", "no program");
        Directory.CreateDirectory(garbage.Root.UpperDirectory + "/bin");
        File.Move(garbage.Root.UpperDirectory + "/garbage", garbage.Root.UpperDirectory + "/bin/garbage");
        File.SetUnixFileMode(garbage.Root.UpperDirectory + "/bin/garbage", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using ContainerTask task = await _launcher.CreateAsync(garbage, Cancel);
        failure = await Assert.ThrowsAsync<LaunchFailedException>(() => task.StartAsync(Cancel));
        Assert.EndsWith("exec format error", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>CVE-2019-5736, and the same by taking away what makes it a program.</summary>
    [Fact]
    public async Task Its_program_cannot_be_written_or_spoiled()
    {
        (string output, _) = await RunAsync("(: >> /proc/1/exe) 2>/dev/null && echo written; chmod 0 /proc/1/exe 2>/dev/null; echo end");
        Assert.Equal("end\n", output);
        Assert.Equal("fine\n", (await RunAsync("echo fine")).Output);
    }

    /// <summary>Before Linux 6.3 a container that may trace its init can do this to the memfd; on any kernel to a file.</summary>
    [Fact]
    public async Task A_program_whose_execute_permission_was_taken_away_gets_it_back()
    {
        using MonitorProgram program = house.CopyOfProgram(out string path);
        File.SetUnixFileMode(path, UnixFileMode.None);
        MonitorLauncher launcher = house.NewLauncher(program);
        LaunchSpec spec = house.Shell("true");
        await using ContainerTask task = await launcher.CreateAsync(spec, Cancel);
        await task.StartAsync(Cancel);
        Assert.Equal(0, (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        launcher.Forget(spec.ContainerId);
    }

    /// <summary>
    /// Images log to /proc/1/fd/1. Without F_SEAL_EXEC (before Linux 6.3) the program must not be dumpable, and then its
    /// descriptors are nobody's (docs/differences.md).
    /// </summary>
    [Fact]
    public async Task Its_streams_can_be_written_by_others_where_its_program_can_be_sealed()
    {
        bool sealable = Environment.OSVersion.Version >= new Version(6, 3);
        string output = (await RunAsync("(echo told > /proc/1/fd/1) 2>/dev/null || echo refused")).Output;
        Assert.Equal(sealable ? "told\n" : "refused\n", output);
    }

    private async Task<(string Output, int ExitCode)> RunAsync(string script)
    {
        LaunchSpec spec = house.Shell(script) with { Init = true };
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        string output = MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)).Stdout;
        int code = (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode;
        _launcher.Forget(spec.ContainerId);
        return (output, code);
    }
}
