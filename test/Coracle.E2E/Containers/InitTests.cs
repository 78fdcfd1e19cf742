namespace Coracle.E2E;

/// <summary>docker run --init: a process 1 that reaps and passes signals on.</summary>
public sealed class InitTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task The_program_is_its_child()
    {
        string[] lines = (await RunAsync("--init", App, "sh", "-c", "cat /proc/1/comm; cat /proc/1/cmdline | tr '\\0' ' '; echo; [ $$ -ne 1 ] && echo child; cat /proc/$$/stat | cut -d' ' -f4")).Succeeds().Lines;
        Assert.Equal("docker-init", lines[0]);
        Assert.StartsWith("/sbin/docker-init -- sh", lines[1], StringComparison.Ordinal);
        Assert.Equal(["child", "1"], lines[2..]);
    }

    [Fact]
    public async Task Exit_codes_and_output_are_the_programs()
    {
        CommandResult run = await RunAsync("--init", App, "sh", "-c", "echo out; echo err >&2; exit 42");
        Assert.Equal(("out\n", "err\n"), (run.Exits(42).Output, run.Errors));
        (await RunAsync("--init", App, "sh", "-c", "kill -9 $$")).Exits(137);
        CommandResult missing = await RunAsync("--init", App, "nosuch");
        if (Engine.Kind == EngineKind.Coracle) // tini says it itself: the engine sees a container that ran
        {
            Assert.Contains("exec: \"nosuch\": executable file not found in $PATH", missing.Exits(127).Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Signals_reach_the_program()
    {
        string name = await SleeperAsync("--init");
        await Docker.SayAsync("stop", "-t", "20", name);
        Assert.Equal("3", await InspectAsync(name, "{{.State.ExitCode}}"));
        Assert.Contains("terminated", (await Docker.RunAsync("logs", name)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_without_handlers_ends_by_the_signal()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--init", "--name", name, "--network", "none", App, "sleep", "1000");
        await Docker.SayAsync("stop", "-t", "20", name); // as process 1 it would not even see it
        Assert.Equal("143", await InspectAsync(name, "{{.State.ExitCode}}"));
    }

    [Fact]
    public async Task Orphans_are_reaped()
    {
        string name = await SleeperAsync("--init");
        await Docker.SayAsync("exec", name, "sh", "-c", "i=0; while [ $i -lt 20 ]; do sh -c 'sleep 0.01 &'; i=$((i+1)); done");
        await Deadline.HoldsAsync("no zombie", async () => !(await Docker.RunAsync("exec", name, "sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null")).Output.Contains(") Z ", StringComparison.Ordinal), () => Engine.LogTail);
    }

    /// <summary>CVE-2019-5736.</summary>
    [Fact]
    public async Task Nothing_inside_can_write_or_spoil_its_program()
    {
        string script = "(: >> /proc/1/exe) 2>/dev/null && echo written; chmod 0 /proc/1/exe 2>/dev/null; echo end";
        Assert.Equal("end", (await RunAsync("--init", App, "sh", "-c", script)).Succeeds().Text);
        if (Engine.Kind == EngineKind.Coracle) // dockerd's is a file of the host, bound read-only
        {
            Assert.Equal("end", (await RunAsync("--init", "--cap-add", "SYS_PTRACE", "--cap-add", "DAC_READ_SEARCH", App, "sh", "-c", script)).Succeeds().Text);
        }

        Assert.Equal("fine", (await RunAsync("--init", App, "echo", "fine")).Succeeds().Text); // the next one still starts
    }

    /// <summary>Ours must hide itself where nothing seals its program (before Linux 6.3; docs/differences.md).</summary>
    [Fact]
    public async Task Its_streams_can_be_written_from_other_processes()
    {
        bool hides = Engine.Kind == EngineKind.Coracle && System.Environment.OSVersion.Version < new Version(6, 3);
        CommandResult told = await RunAsync("--init", App, "sh", "-c", "(echo told > /proc/1/fd/1) 2>/dev/null || echo refused");
        Assert.Equal(hides ? "refused" : "told", told.Succeeds().Text);
    }

    /// <summary>It never executes a program, so nothing that ends at execve ends there: what the monitor had open must have been closed.</summary>
    [Fact]
    public async Task Process_1_holds_nothing_but_its_streams()
    {
        string name = await SleeperAsync("--init");
        string init = await InspectAsync(name, "{{.State.Pid}}");
        Assert.Equal(["0", "1", "2"], Directory.GetFileSystemEntries($"/proc/{init}/fd").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--init", "true")]
    [InlineData("--init=false", "false")]
    [InlineData("--network=none", "null")]
    public async Task Inspect_shows_what_was_asked(string option, string shown)
    {
        string name = Name();
        await Docker.SayAsync("create", option, "--name", name, App, "true");
        Assert.Equal(shown, await InspectAsync(name, "{{json .HostConfig.Init}}"));
    }

    [Fact]
    public async Task With_no_new_privileges_it_works_too()
        => Assert.Equal("NoNewPrivs:\t1", (await RunAsync("--init", "--security-opt", "no-new-privileges", App, "grep", "NoNewPrivs", "/proc/self/status")).Succeeds().Text);
}
