using System.Diagnostics;
using System.Text;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

[Trait("Needs", "root"), Collection(MonitorHouse.Shared)]
public sealed class MonitorTests(MonitorHouse house)
{
    private static readonly StdioSpec _interactive = new(Tty: false, OpenStdin: true, StdinOnce: true);
    private static readonly AttachOptions _output = new(Stdin: false, Stdout: true, Stderr: true);
    private static readonly AttachOptions _everything = new(Stdin: true, Stdout: true, Stderr: true);

    private readonly MonitorLauncher _launcher = house.NewLauncher();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Output_and_exit_code_arrive_and_nothing_is_left()
    {
        LaunchSpec spec = house.Shell("echo one; echo two >&2; exit 7");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        byte[] frames = await MonitorHouse.ReadToEndAsync(attached, Cancel);
        ExitRecord exit = await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        Assert.Equal(("one\n", "two\n"), MonitorHouse.Split(frames));
        Assert.Equal(7, exit.ExitCode);
        Assert.False(exit.MonitorLost);
        Assert.Equal(exit, _launcher.TryReadExit(spec.ContainerId));
        string log = File.ReadAllText(spec.Log.Path);
        Assert.Contains("{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"20", log, StringComparison.Ordinal);
        Assert.Contains("{\"log\":\"two\\n\",\"stream\":\"stderr\",\"time\":\"20", log, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task The_half_close_of_a_client_ends_standard_input_and_not_the_output()
    {
        LaunchSpec spec = house.Spec(_interactive, "sh", "-c", "cat; sleep 0.2; echo end");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
        await task.StartAsync(Cancel);
        await attached.WriteAsync("x\n"u8.ToArray(), Cancel);
        attached.CompleteWrites();
        byte[] frames = await MonitorHouse.ReadToEndAsync(attached, Cancel);
        Assert.Equal(("x\nend\n", ""), MonitorHouse.Split(frames));
        Assert.Equal(0, (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_client_that_gives_input_to_a_container_without_stays_for_the_output()
    {
        LaunchSpec spec = house.Shell("read x; sleep 0.2; echo end $x");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
        await attached.WriteAsync("ignored\n"u8.ToArray(), Cancel);
        attached.CompleteWrites();
        await task.StartAsync(Cancel);
        Assert.Equal(("end\n", ""), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)));
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task An_onlooker_neither_disturbs_anothers_input_nor_ends_it()
    {
        LaunchSpec spec = house.Spec(_interactive, "cat");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream talker = await task.AttachAsync(_everything, Cancel);
        await using AttachedStream onlooker = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        await onlooker.WriteAsync("noise"u8.ToArray(), Cancel);
        onlooker.CompleteWrites();
        await talker.WriteAsync("word\n"u8.ToArray(), Cancel);
        talker.CompleteWrites();
        Assert.Equal(("word\n", ""), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(onlooker, Cancel)));
        Assert.Equal(("word\n", ""), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(talker, Cancel)));
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_megabyte_goes_through_in_both_directions_whole()
    {
        byte[] sent = new byte[1 << 20];
        new Random(1).NextBytes(sent);
        LaunchSpec spec = house.Spec(_interactive, "cat") with { Log = new LogSpec("", 0, 0) };
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
        await task.StartAsync(Cancel);
        Task<byte[]> reading = MonitorHouse.ReadToEndAsync(attached, Cancel);
        await attached.WriteAsync(sent, Cancel);
        attached.CompleteWrites();
        byte[] frames = await reading;
        using var payload = new MemoryStream();
        for (int at = 0; at < frames.Length;)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frames.AsSpan(at + 4));
            payload.Write(frames, at + 8, length);
            at += 8 + length;
        }

        Assert.True(sent.AsSpan().SequenceEqual(payload.ToArray()));
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told_in_Dockers_words_and_leaves_nothing()
    {
        LaunchSpec spec = house.Spec(new StdioSpec(false, false, false), "nosuch");
        LaunchFailedException failure = await Assert.ThrowsAsync<LaunchFailedException>(async () =>
        {
            await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
            await task.StartAsync(Cancel);
        });
        Assert.Equal(LaunchFailureKind.NotFound, failure.Kind);
        Assert.Contains("exec: \"nosuch\": executable file not found in $PATH", failure.Message, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync(spec);
    }

    [Theory]
    [InlineData(15, 143)]
    [InlineData(9, 137)]
    public async Task A_signal_ends_it_and_the_exit_code_says_which(int signal, int code)
    {
        LaunchSpec spec = house.Spec(new StdioSpec(false, false, false), "sh", "-c", "trap 'exit 143' TERM; echo up; while :; do sleep 0.05; done");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        Assert.True(await attached.ReadAsync(new byte[64], Cancel) > 0);
        await task.SignalAsync(signal, Cancel);
        Assert.Equal(code, (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task Another_engine_finds_the_container_and_hears_of_its_exit()
    {
        LaunchSpec spec = house.Spec(_interactive, "sh", "-c", "read x; echo got $x; exit 3");
        await using (ContainerTask first = await _launcher.CreateAsync(spec, Cancel))
        {
            await first.StartAsync(Cancel);
        } // this engine's connection is gone, as after kill -9

        MonitorLauncher next = house.NewLauncher();
        await using ContainerTask? found = await next.FindAsync(spec.ContainerId, Cancel);
        Assert.NotNull(found);
        Assert.True(found.IsStarted);
        Assert.NotEqual(0, found.Pid);
        await using AttachedStream attached = await found.AttachAsync(_everything, Cancel);
        await attached.WriteAsync("it\n"u8.ToArray(), Cancel);
        Assert.Equal(("got it\n", ""), MonitorHouse.Split(await MonitorHouse.ReadToEndAsync(attached, Cancel)));
        Assert.Equal(3, (await found.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task An_exit_while_no_engine_runs_is_kept()
    {
        LaunchSpec spec = house.Shell("echo last words; exit 9");
        await using (ContainerTask first = await _launcher.CreateAsync(spec, Cancel))
        {
            await first.StartAsync(Cancel);
        }

        MonitorLauncher next = house.NewLauncher();
        await using ContainerTask? found = await next.FindAsync(spec.ContainerId, Cancel);
        ExitRecord? exit = found is null ? next.TryReadExit(spec.ContainerId) : await found.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        Assert.Equal(9, exit?.ExitCode);
        Assert.Contains("last words", File.ReadAllText(spec.Log.Path), StringComparison.Ordinal);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_container_that_was_never_started_goes_with_its_engine()
    {
        LaunchSpec spec = house.Shell("echo never");
        ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        int pid = task.Pid;
        Assert.True(Directory.Exists($"/proc/{pid}"));
        await task.DisposeAsync();
        MonitorLauncher next = house.NewLauncher();
        Assert.Null(await next.FindAsync(spec.ContainerId, Cancel));
        Assert.Null(next.TryReadExit(spec.ContainerId));
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_monitor_that_is_killed_takes_its_container_along_and_says_so()
    {
        LaunchSpec spec = house.Shell("echo up; sleep 1000");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        Assert.True(await attached.ReadAsync(new byte[64], Cancel) > 0);
        Process.GetProcessById(ParentOf(task.Pid)).Kill();
        ExitRecord exit = await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        Assert.True(exit.MonitorLost);
        Assert.Equal(137, exit.ExitCode);
        Assert.Null(await house.NewLauncher().FindAsync(spec.ContainerId, Cancel));
        Assert.True(_launcher.TryReadExit(spec.ContainerId)!.MonitorLost);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task An_idle_monitor_keeps_within_its_memory_and_its_program_within_its_size()
    {
        LaunchSpec spec = house.Spec(_interactive, "cat");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
        await task.StartAsync(Cancel);
        await attached.WriteAsync("warm\n"u8.ToArray(), Cancel);
        Assert.True(await attached.ReadAsync(new byte[64], Cancel) > 0);
        string rollup = File.ReadAllText($"/proc/{ParentOf(task.Pid)}/smaps_rollup");
        // Not Private_Dirty: the pages of the memfd are all "dirty", and private as long as only one monitor maps them.
        int own = int.Parse(rollup.Split('\n').Single(line => line.StartsWith("Anonymous:", StringComparison.Ordinal))[10..^2]);
        TestContext.Current.TestOutputHelper!.WriteLine($"program {house.ProgramLength} B; anonymous {own} kB\n{rollup}");
        Assert.InRange(own, 1, 800);
        Assert.InRange(house.ProgramLength, 1, 2_110_000);
        attached.CompleteWrites();
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_log_is_rotated_before_it_grows_beyond_its_limit()
    {
        LaunchSpec plain = house.Shell("seq 1 2000");
        LaunchSpec spec = plain with { Log = plain.Log with { MaxBytes = 20_000, MaxFiles = 3 } };
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await task.StartAsync(Cancel);
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        string[] files = [spec.Log.Path, spec.Log.Path + ".1", spec.Log.Path + ".2"];
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 20_000));
        Assert.False(File.Exists(spec.Log.Path + ".3"));
        string all = string.Concat(files.Reverse().Select(File.ReadAllText));
        Assert.EndsWith("\n", all, StringComparison.Ordinal);
        Assert.Contains("{\"log\":\"2000\\n\"", all, StringComparison.Ordinal);
        int lines = all.Count(c => c == '\n');
        int first = 2000 - lines + 1;
        Assert.StartsWith($"{{\"log\":\"{first}\\n\"", all, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_full_disk_drops_lines_and_says_so_and_never_stops_the_container()
    {
        string disk = Directory.CreateTempSubdirectory("coracle-full").FullName;
        Mounts.Mount("tmpfs", disk, "tmpfs", MountFlags.None, "size=16k");
        try
        {
            LaunchSpec plain = house.Spec(_interactive, "sh", "-c", "seq 1 5000; read x; echo again");
            LaunchSpec spec = plain with { Log = new LogSpec(disk + "/x-json.log", 1 << 30, 1) };
            await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
            await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
            await task.StartAsync(Cancel);
            var seen = new StringBuilder();
            byte[] buffer = new byte[32 << 10];
            while (!seen.ToString().Contains("5000\n", StringComparison.Ordinal))
            {
                seen.Append(Encoding.ASCII.GetString(buffer, 0, await attached.ReadAsync(buffer, Cancel)));
            }

            string kept = File.ReadAllText(disk + "/x-json.log");
            Assert.EndsWith("}\n", kept, StringComparison.Ordinal); // no half line
            Mounts.Mount("tmpfs", disk, "tmpfs", MountFlags.Remount, "size=1m");
            await attached.WriteAsync("\n"u8.ToArray(), Cancel);
            await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
            string log = File.ReadAllText(disk + "/x-json.log");
            int lines = kept.Count(c => c == '\n');
            Assert.Contains($"coracle: {5000 - lines} lines of output could not be logged: no space left on device\\n\",\"stream\":\"stderr\"", log, StringComparison.Ordinal);
            Assert.Contains("{\"log\":\"again\\n\"", log, StringComparison.Ordinal);
            await AssertNothingIsLeftAsync(spec);
        }
        finally
        {
            Mounts.Detach(disk);
            Directory.Delete(disk);
        }
    }

    [Fact]
    public async Task A_tty_is_one_raw_stream_and_takes_a_size()
    {
        LaunchSpec spec = house.Spec(new StdioSpec(Tty: true, OpenStdin: true, StdinOnce: true), "sh", "-c", "read x; tty; stty size; echo bye");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
        await task.StartAsync(Cancel);
        await task.ResizeAsync(33, 99, Cancel);
        await attached.WriteAsync("go\n"u8.ToArray(), Cancel);
        string output = Encoding.UTF8.GetString(await MonitorHouse.ReadToEndAsync(attached, Cancel));
        Assert.Equal("go\r\n/dev/pts/0\r\n33 99\r\nbye\r\n", output);
        Assert.Equal(0, (await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel)).ExitCode);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_paused_container_says_nothing_until_it_is_resumed()
    {
        LaunchSpec spec = house.Spec(_interactive, "cat");
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream attached = await task.AttachAsync(_everything, Cancel);
        await task.StartAsync(Cancel);
        await task.PauseAsync(Cancel);
        await attached.WriteAsync("x"u8.ToArray(), Cancel);
        Task<byte[]> reading = MonitorHouse.ReadToEndAsync(attached, Cancel);
        Assert.NotSame(reading, await Task.WhenAny(reading, Task.Delay(200, Cancel)));
        await task.ResumeAsync(Cancel);
        attached.CompleteWrites();
        Assert.Equal(("x", ""), MonitorHouse.Split(await reading));
        await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        await AssertNothingIsLeftAsync(spec);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_and_the_container_goes_on()
    {
        LaunchSpec plain = house.Shell("head -c 1000000 /dev/zero; echo done >&2");
        LaunchSpec spec = plain with { Log = new LogSpec("", 0, 0) };
        await using ContainerTask task = await _launcher.CreateAsync(spec, Cancel);
        await using AttachedStream stalled = await task.AttachAsync(_output, Cancel);
        await task.StartAsync(Cancel);
        ExitRecord exit = await task.Exited.WaitAsync(MonitorHouse.Limit, Cancel);
        Assert.Equal(0, exit.ExitCode);
        Assert.InRange(exit.FinishedAt - task.StartedAt, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(20));
        await AssertNothingIsLeftAsync(spec);
    }

    private async Task AssertNothingIsLeftAsync(LaunchSpec spec)
    {
        string id = spec.ContainerId;
        using var limit = new CancellationTokenSource(MonitorHouse.Limit);
        while (Processes(id).Count > 0)
        {
            await Task.Delay(10, limit.Token); // the monitor leaves right after telling the exit
            house.Sweep();
        }

        Assert.Empty(Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Where(tree => Directory.Exists($"{tree}/coracle-test/{id}")));
        Assert.DoesNotContain(id, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        _launcher.Forget(id);
        Assert.False(Directory.Exists(house.ContainerDirectory(id)));
    }

    /// <summary>The monitor has the id in its command line; a zombie has no command line, but us as its parent.</summary>
    private static List<string> Processes(string id) =>
        [.. Directory.GetDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0]) && IsMonitorOf(process, id))];

    private static bool IsMonitorOf(string process, string id)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline").Contains(id, StringComparison.Ordinal)
                || File.ReadAllText(process + "/stat").Contains($") Z {Environment.ProcessId} ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    internal static int ParentOf(int pid)
        => int.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..]);
}
