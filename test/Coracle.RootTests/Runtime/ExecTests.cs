using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

/// <summary>Execs as the engine's end sees them, against the published monitor.</summary>
[Trait("Needs", "root"), Collection(MonitorHouse.Shared)]
public sealed class ExecTests(MonitorHouse house)
{
    private static readonly AttachOptions _output = new(Stdin: false, Stdout: true, Stderr: true);
    private static readonly AttachOptions _everything = new(Stdin: true, Stdout: true, Stderr: true);

    private readonly MonitorLauncher _launcher = house.NewLauncher();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>How many execs the stress test makes; CORACLE_STRESS_STARTS says otherwise.</summary>
    private static int Starts => int.TryParse(Environment.GetEnvironmentVariable("CORACLE_STRESS_STARTS"), out int count) ? count : 300;

    [Fact]
    public async Task Output_and_exit_code_arrive()
    {
        await using ContainerTask task = await RunningAsync();
        ExecTask exec = await CreateAsync(task, Shell(task, "echo one; echo two >&2; exit 7"));
        await using AttachedStream attached = await exec.AttachAsync(_output, Cancel);
        await exec.StartAsync(Cancel);
        Assert.Equal(("one\n", "two\n"), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)));
        Assert.Equal(7, await exec.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        await EndAsync(task);
    }

    [Fact]
    public async Task Its_clients_half_close_ends_its_input_and_not_its_output()
    {
        await using ContainerTask task = await RunningAsync();
        ExecTask exec = await CreateAsync(task, Shell(task, "cat; sleep 0.2; echo end") with { Stdin = true });
        await using AttachedStream attached = await exec.AttachAsync(_everything, Cancel);
        await exec.StartAsync(Cancel);
        await attached.WriteAsync("x\n"u8.ToArray(), Cancel);
        attached.CompleteWrites();
        Assert.Equal(("x\nend\n", ""), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)));
        await EndAsync(task);
    }

    [Fact]
    public async Task A_terminal_is_the_containers_own_and_has_its_size()
    {
        await using ContainerTask task = await RunningAsync();
        ExecTask exec = await CreateAsync(task, Shell(task, "tty; stty size; read x; stty size") with { Tty = true, Stdin = true, Rows = 33, Columns = 101 });
        await using AttachedStream attached = await exec.AttachAsync(_everything, Cancel);
        await exec.StartAsync(Cancel);
        byte[] buffer = new byte[4096];
        string said = "";
        while (!said.Contains("33 101", StringComparison.Ordinal))
        {
            said += System.Text.Encoding.UTF8.GetString(buffer, 0, await attached.ReadAsync(buffer, Cancel));
        }

        Assert.Contains("/dev/pts/", said, StringComparison.Ordinal);
        await exec.ResizeAsync(20, 50, Cancel);
        await attached.WriteAsync("\n"u8.ToArray(), Cancel);
        Assert.Contains("20 50", System.Text.Encoding.UTF8.GetString(await MonitorHouse.ReadToEndAsync(attached, Cancel)), StringComparison.Ordinal);
        Assert.Equal(0, await exec.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        await EndAsync(task);
    }

    [Theory]
    [InlineData("nosuch", LaunchFailureKind.NotFound, "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown")]
    [InlineData("/etc/passwd", LaunchFailureKind.NotExecutable, "OCI runtime exec failed: exec failed: unable to start container process: exec: \"/etc/passwd\": permission denied: unknown")]
    public async Task What_cannot_be_executed_is_told_and_leaves_nothing(string program, LaunchFailureKind kind, string words)
    {
        await using ContainerTask task = await RunningAsync();
        LaunchFailedException failure = await Assert.ThrowsAsync<LaunchFailedException>(() => CreateAsync(task, Spec(task, program)));
        Assert.Equal((kind, words), (failure.Kind, failure.Message));
        await AssertQuietAsync(task);
        await EndAsync(task);
    }

    [Fact]
    public async Task The_end_of_the_container_kills_its_execs()
    {
        await using ContainerTask task = await RunningAsync();
        ExecTask running = await CreateAsync(task, Shell(task, "sleep 1000"));
        ExecTask waiting = await CreateAsync(task, Shell(task, "sleep 1000"));
        await running.StartAsync(Cancel);
        await task.SignalAsync(9, Cancel);
        Assert.Equal(137, await running.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        await Assert.ThrowsAsync<IOException>(() => waiting.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        Assert.Equal(137, (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        await EndAsync(task);
    }

    [Fact]
    public async Task Execs_started_while_the_container_dies_end_one_way_or_the_other()
    {
        for (int round = 0; round < 10; round++)
        {
            await using ContainerTask task = await RunningAsync();
            Task[] execs = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                try
                {
                    ExecTask exec = await CreateAsync(task, Shell(task, "sleep 1000"));
                    await exec.StartAsync(Cancel);
                    await exec.Exited;
                }
                catch (IOException)
                {
                    // refused, or its end could not be told
                }
            }))];
            await task.SignalAsync(9, Cancel);
            await Task.WhenAll(execs).WaitAsync(MonitorHouse.Limit, Cancel);
            await EndAsync(task);
        }
    }

    [Fact]
    public async Task One_that_is_abandoned_leaves_nothing()
    {
        await using ContainerTask task = await RunningAsync();
        ExecTask exec = await CreateAsync(task, Shell(task, "sleep 1000"));
        await exec.AbandonAsync();
        await Assert.ThrowsAsync<IOException>(() => exec.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        await AssertQuietAsync(task);
        await EndAsync(task);
    }

    [Fact]
    public async Task Another_engine_takes_the_container_and_the_execs_run_on()
    {
        ContainerTask first = await RunningAsync();
        ExecTask exec = await CreateAsync(first, Shell(first, "sleep 0.5; echo on > /tmp/on; sleep 1000"));
        ExecTask never = await CreateAsync(first, Shell(first, "sleep 1000"));
        await exec.StartAsync(Cancel);
        await first.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => exec.Exited);
        await Assert.ThrowsAsync<IOException>(() => never.Exited);
        await using ContainerTask? again = await house.NewLauncher().FindAsync(first.ContainerId, Cancel);
        Assert.NotNull(again);
        ExecTask look = await CreateAsync(again, Shell(again, "while ! cat /tmp/on; do sleep 0.05; done"));
        await look.StartAsync(Cancel);
        Assert.Equal(0, await look.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        await EndAsync(again);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_and_the_container_lives()
    {
        await using ContainerTask task = await RunningAsync();
        ExecTask exec = await CreateAsync(task, Shell(task, "yes | head -c 4000000; exit 9"));
        await using AttachedStream stalled = await exec.AttachAsync(_output, Cancel);
        await exec.StartAsync(Cancel);
        ExecTask other = await CreateAsync(task, Shell(task, "exit 4"));
        await other.StartAsync(Cancel);
        Assert.Equal(4, await other.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        Assert.Equal(9, await exec.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        await EndAsync(task);
    }

    /// <summary>Garbage of its own between them: what a fork in the middle of a collection would break.</summary>
    [Fact]
    public async Task Many_execs_leave_the_monitor_as_it_was()
    {
        await using ContainerTask task = await RunningAsync();
        await ManyAsync(task, 20);
        await AssertQuietAsync(task);
        int monitor = MonitorOf(task);
        int descriptors = Directory.GetFiles($"/proc/{monitor}/fd").Length;
        long before = await TidyKilobytesAsync(monitor);
        await ManyAsync(task, Starts);
        await AssertQuietAsync(task);
        await DescriptorsFallToAsync(monitor, descriptors);
        long after = await TidyKilobytesAsync(monitor);
        TestContext.Current.TestOutputHelper?.WriteLine($"private: {before} kB, after {Starts} execs {after} kB");
        Assert.InRange(after, 0, Math.Min(before + 64, 614));
        await EndAsync(task);
    }

    private static async Task ManyAsync(ContainerTask task, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ExecTask exec = await CreateAsync(task, Shell(task, $"echo {i}; exit {i % 100}"));
            await using AttachedStream attached = await exec.AttachAsync(_output, Cancel);
            await exec.StartAsync(Cancel);
            Assert.Equal(($"{i}\n", ""), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)));
            Assert.Equal(i % 100, await exec.Exited.WaitAsync(MonitorHouse.Limit, Cancel));
        }
    }

    private async Task<ContainerTask> RunningAsync()
    {
        ContainerTask task = await _launcher.CreateAsync(house.Shell("while :; do sleep 1000; done"), Cancel);
        await task.StartAsync(Cancel);
        return task;
    }

    private static Task<ExecTask> CreateAsync(ContainerTask task, ExecSpec spec)
        => task.CreateExecAsync($"{Guid.NewGuid():N}{Guid.NewGuid():N}", spec, Cancel);

    private static ExecSpec Shell(ContainerTask task, string script) => Spec(task, "sh", "-c", script);

    private static ExecSpec Spec(ContainerTask task, params string[] arguments) => new()
    {
        ContainerId = task.ContainerId,
        Process = new ProcessSpec
        {
            Arguments = arguments,
            Environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            WorkingDirectory = "/",
            Capabilities = CapabilitySet.DockerDefault,
        },
        Stdout = true,
        Stderr = true,
    };

    private static int MonitorOf(ContainerTask task)
        => Directory.GetDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out int id) ? id : 0)
            .First(id => id > 0 && CommandLine(id).StartsWith($"coracle-monitor {task.ContainerId}", StringComparison.Ordinal));

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>What it alone holds, once it has given back what execs left; its file is one for all monitors.</summary>
    private static async Task<long> TidyKilobytesAsync(int id)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 30; i++)
        {
            await Task.Delay(100, Cancel);
            least = Math.Min(least, AnonymousKilobytes(id));
        }

        return least;
    }

    private static long AnonymousKilobytes(int id)
        => File.ReadLines($"/proc/{id}/smaps_rollup").Where(l => l.StartsWith("Anonymous", StringComparison.Ordinal))
            .Sum(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The monitor has no other child than the container's first process, and no record of an exec is left.</summary>
    /// <summary>A monitor lets go of a client when it reads that client's end, a moment after the client has gone.</summary>
    private static async Task DescriptorsFallToAsync(int monitor, int most)
    {
        int count = int.MaxValue;
        for (int i = 0; i < 500 && count > most; i++)
        {
            await Task.Delay(10, Cancel);
            count = Directory.GetFiles($"/proc/{monitor}/fd").Length;
        }

        Assert.InRange(count, 1, most);
    }

    private async Task AssertQuietAsync(ContainerTask task)
    {
        int monitor = MonitorOf(task);
        string children = "";
        for (int i = 0; i < 500; i++)
        {
            children = File.ReadAllText($"/proc/{monitor}/task/{monitor}/children").Trim();
            if (children == $"{task.Pid}")
            {
                break;
            }

            await Task.Delay(10, Cancel);
        }

        Assert.Equal($"{task.Pid}", children);
        Assert.Empty(Directory.GetFiles(house.ContainerDirectory(task.ContainerId), "exec-*"));
    }

    private async Task EndAsync(ContainerTask task)
    {
        try
        {
            await task.SignalAsync(9, Cancel);
        }
        catch (IOException)
        {
            // It has ended by itself.
        }

        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        _launcher.Forget(task.ContainerId);
    }
}
