using System.Security.Cryptography;

namespace Coracle.E2E;

/// <summary>What attackers have tried against other engines, one after the other; those that need a race are in <see cref="SecurityRaceTests"/>.</summary>
public sealed class SecurityTests(Stage stage) : EngineTest(stage)
{
    /// <summary>CVE-2019-5736: the program that the kernel takes for the interpreter is the engine's own.</summary>
    [Fact]
    public async Task A_script_whose_interpreter_is_its_own_starter_harms_nothing()
    {
        byte[] before = Engine.Kind == EngineKind.Coracle ? SHA256.HashData(await File.ReadAllBytesAsync(Engine.Program)) : [];
        TestImage evil = await Images.PushAsync("evil-exe", "1",
            [Images.Busybox, new LayerTar().Program("evil", "#!/proc/self/exe\n"u8.ToArray()).SymbolicLink("bin/link", "/proc/self/exe").Finish()], new RunSettings(["/evil"]));
        await Docker.SayAsync("pull", "-q", evil.Reference);
        foreach (string program in (string[])["/evil", "/bin/link"])
        {
            Assert.NotEqual(0, (await RunAsync(evil.Reference, program)).ExitCode);
            string name = await SleeperAsync();
            await Docker.SayAsync("exec", name, "sh", "-c", "echo '#!/proc/self/exe' > /tmp/evil; chmod +x /tmp/evil; ln -sf /proc/self/exe /tmp/link");
            Assert.NotEqual(0, (await Docker.RunAsync("exec", name, program == "/evil" ? "/tmp/evil" : "/tmp/link")).ExitCode);
            Assert.Equal("in", await Docker.SayAsync("exec", name, "echo", "in")); // the container and its monitor are unharmed
        }

        Assert.Equal(before, Engine.Kind == EngineKind.Coracle ? SHA256.HashData(await File.ReadAllBytesAsync(Engine.Program)) : []);
        Assert.Equal("fine", (await RunAsync(App, "echo", "fine")).Succeeds().Text);
    }

    /// <summary>CVE-2024-21626.</summary>
    [Fact]
    public async Task A_working_directory_through_a_descriptor_is_never_the_hosts()
    {
        for (int fd = 3; fd <= 20; fd++)
        {
            CommandResult run = await RunAsync("-w", $"/proc/self/fd/{fd}", App, "sh", "-c", "ls ../../../../../../../../..; echo in");
            Assert.NotEqual(0, run.ExitCode);
            Assert.DoesNotContain("in\n", run.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>CVE-2025-31133: a mask is a bind mount of /dev/null, which must be that.</summary>
    [Fact]
    [Trait("Engine", "coracle")] // Debian's runc 1.1.5 opens what is masked
    public async Task A_link_in_place_of_dev_null_does_not_open_what_is_masked()
    {
        (await RunAsync("-v", "evil-dev:/d", App, "ln", "-s", "/proc/sys/kernel/core_pattern", "/d/null")).Succeeds();
        CommandResult run = await RunAsync("-v", "evil-dev:/dev", App, "sh", "-c",
            "cat /proc/keys /proc/timer_list | wc -c; echo x > /proc/sys/kernel/core_pattern || echo refused; grep -c core_pattern /proc/self/mountinfo");
        if (run.ExitCode != 125 && run.ExitCode != 127) // refusing to start is an answer, too
        {
            Assert.Equal(["0", "refused", "0"], run.Lines);
        }
    }

    /// <summary>CVE-2025-52565: /dev/console is a bind mount of the terminal, onto what the container may have put there.</summary>
    [Theory]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("../proc/sys/kernel/core_pattern")]
    [InlineData("/etc/passwd")]
    public async Task A_link_in_place_of_the_console_is_not_followed_out_of_dev(string target)
    {
        string volume = $"evil-console-{Name()}";
        (await RunAsync("-v", $"{volume}:/d", App, "sh", "-c", $"ln -s {target} /d/console; ln -s {target} /d/ptmx")).Succeeds();
        CommandResult run = await RunAsync("-t", "-v", $"{volume}:/dev", App, "cat", "/proc/self/mountinfo");
        string[] consoles = [.. run.Output.Split('\n').Where(l => l.Contains(" - devpts ", StringComparison.Ordinal)).Select(l => l.Split(' ')[4])];
        Assert.DoesNotContain(consoles, place => !place.StartsWith("/dev/", StringComparison.Ordinal));
    }

    /// <summary>CVE-2025-52881: what is written for the container goes into the kernel's own files, not into an image's.</summary>
    [Fact]
    public async Task Kernel_settings_are_never_written_into_files_of_an_image()
    {
        TestImage evil = await Images.PushAsync("evil-proc", "1",
            [Images.Busybox, new LayerTar().Directory("proc").Directory("proc/sys").Directory("proc/sys/net").Directory("proc/sys/net/ipv4")
                .Text("proc/sys/net/ipv4/ip_forward", "untouched\n").Directory("proc/self").Text("proc/self/oom_score_adj", "untouched\n").Finish()], new RunSettings(["sh"]));
        await Docker.SayAsync("pull", "-q", evil.Reference);
        string name = Name();
        CommandResult run = await Docker.RunAsync(
            "run", "--name", name, "--network", "none", "--sysctl", "net.ipv4.ip_forward=1", "--oom-score-adj", "77", evil.Reference, "cat", "/proc/sys/net/ipv4/ip_forward", "/proc/self/oom_score_adj");
        Assert.Equal("1\n77", run.Succeeds().Text);
        Assert.Empty((await Docker.RunAsync("diff", name)).Output.Split('\n').Where(l => l.Contains("proc", StringComparison.Ordinal)));
    }

    /// <summary>CVE-2019-16884, 2023-27561, 2023-28642.</summary>
    [Theory]
    [InlineData("-v", "over-proc:/proc")]
    [InlineData("-v", "over-proc:/proc/self")]
    [InlineData("-v", "over-proc:/proc/self/attr")]
    [InlineData("-v", "over-proc:/sys/../proc/1")]
    [InlineData("--tmpfs", "/proc")]
    [InlineData("--tmpfs", "/proc/sys")]
    [InlineData("--mount", "type=tmpfs,dst=/proc/self")]
    public async Task Nothing_is_mounted_over_proc(string option, string value)
        => Assert.NotEqual(0, (await RunAsync(option, value, App, "true")).ExitCode);

    [Theory]
    [InlineData("/elsewhere")]
    [InlineData("../../../..")]
    [InlineData("/tmp")]
    [Trait("Engine", "coracle")] // Debian's runc 1.1.5 follows the link
    public async Task A_link_in_place_of_proc_is_refused(string target)
    {
        TestImage evil = await Images.PushAsync("evil-link", Name(), [Images.Busybox, new LayerTar().Directory("elsewhere").SymbolicLink("proc", target).Finish()], new RunSettings(["sh"]));
        await Docker.SayAsync("pull", "-q", evil.Reference);
        CommandResult run = await RunAsync(evil.Reference, "true");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("must be mounted on ordinary directory", run.Errors, StringComparison.Ordinal);
    }

    /// <summary>CVE-2022-36109: the group that a process does not have keeps it out; so the list must be the image's.</summary>
    [Theory]
    [InlineData("app", "uid=1000(app) gid=1001(app) groups=1001(app),2000(extra)")]
    [InlineData("app:extra", "uid=1000(app) gid=2000(extra) groups=2000(extra)")]
    [InlineData("1000:1001", "uid=1000(app) gid=1001(app) groups=1001(app),2000(extra)")]
    [InlineData("4321", "uid=4321 gid=0(root) groups=0(root)")]
    public async Task Supplementary_groups_are_those_of_the_image(string user, string id)
    {
        string told = (await RunAsync("-u", user, App, "id")).Succeeds().Text;
        Assert.Equal(user == "1000:1001" && !told.Contains("extra", StringComparison.Ordinal) ? told : id, told);
    }

    /// <summary>CVE-2020-15257: whoever shares the host's network could speak to it.</summary>
    [Fact]
    [Trait("Engine", "coracle")]
    public async Task No_process_of_the_engine_listens_on_an_abstract_socket()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "host", App, "sleep", "1000");
        string[] abstracts = [.. File.ReadAllLines("/proc/net/unix").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 7 && w[7].StartsWith('@')).Select(w => w[6])];
        int[] ours = [Engine.ProcessId, await MonitorAsync(name)];
        IEnumerable<string> sockets = ours.SelectMany(id => Directory.EnumerateFiles($"/proc/{id}/fd").Select(fd => Processes.LinkOf(id, "fd/" + Path.GetFileName(fd)))).OfType<string>()
            .Where(link => link.StartsWith("socket:[", StringComparison.Ordinal)).Select(link => link["socket:[".Length..^1]);
        Assert.Empty(sockets.Intersect(abstracts));
    }

    /// <summary>CVE-2021-41091: what is setuid in a layer is for no user of the host.</summary>
    [Fact]
    public void The_data_root_is_closed_to_others()
        => Assert.Equal("0710", Convert.ToString((int)File.GetUnixFileMode(Engine.DataRoot), 8).PadLeft(4, '0'));

    /// <summary>CVE-2024-41110: what has no body is not a request with the last one's.</summary>
    [Fact]
    public async Task A_create_without_a_body_makes_nothing()
    {
        int before = (await Api.GetAsync("/containers/json?all=1")).Has(200).Json.GetArrayLength();
        Assert.InRange((await Api.PostAsync("/containers/create", "")).Status, 400, 500);
        Assert.InRange((await Api.PostAsync("/containers/create")).Status, 400, 500);
        Assert.Equal(before, (await Api.GetAsync("/containers/json?all=1")).Has(200).Json.GetArrayLength());
    }

    /// <summary>CVE-2022-31030.</summary>
    [Fact]
    [Trait("Engine", "coracle")]
    public async Task The_output_of_an_exec_is_nowhere_kept()
    {
        const int Megabytes = 150;
        const long Grown = 12 << 10; // KiB
        string name = await SleeperAsync();
        int monitor = await MonitorAsync(name);
        long engine = Anonymous(Engine.ProcessId);
        long monitors = Anonymous(monitor);
        CommandResult run = await Command.RunAsync(
            "/bin/sh", ["-c", $"{DockerCli.Newest} -H unix://{Engine.SocketPath} exec {name} sh -c 'head -c {Megabytes << 20} /dev/zero' | wc -c"], Machine.Environment(Engine.Root));
        Assert.Equal($"{Megabytes << 20}", run.Succeeds().Text);
        await Docker.SayAsync("exec", "-d", name, "sh", "-c", $"head -c {Megabytes << 20} /dev/zero; touch /tmp/done");
        await Deadline.HoldsAsync("the end of the silent one", async () => (await Docker.RunAsync("exec", name, "ls", "/tmp/done")).ExitCode == 0, () => Engine.LogTail);
        Assert.True(Anonymous(Engine.ProcessId) - engine < Grown, $"the engine grew from {engine} to {Anonymous(Engine.ProcessId)} KiB");
        Assert.True(Anonymous(monitor) - monitors < Grown / 8, $"the monitor grew from {monitors} to {Anonymous(monitor)} KiB");
    }

    private async Task<int> MonitorAsync(string container) => Processes.ParentOf(int.Parse(await InspectAsync(container, "{{.State.Pid}}")));

    private static long Anonymous(int process)
        => long.Parse(Processes.Read(process, "status").Split('\n').First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]);
}
