namespace Coracle.E2E;

/// <summary>What a program sees from inside.</summary>
public sealed class SandboxTests(Stage stage) : EngineTest(stage)
{
    /// <summary>CHOWN … AUDIT_WRITE, Docker's fourteen.</summary>
    private const string DefaultCapabilities = "00000000a80425fb";

    private const string CgroupDirectory = "/sys/fs/cgroup";

    private static bool IsUnified => File.Exists(CgroupDirectory + "/cgroup.controllers");

    [Fact]
    public async Task The_program_is_process_1_and_sees_nobody_else()
        => Assert.Equal("1\n/proc/1", (await ShellAsync("echo $$; for p in /proc/[0-9]*; do echo $p; done")).Succeeds().Text);

    [Fact]
    public async Task The_host_name_is_the_short_id_or_what_was_asked()
    {
        string name = Name();
        string host = await Docker.SayAsync("run", "--name", name, "--network", "none", App, "hostname");
        Assert.Equal((await InspectAsync(name, "{{.Id}}"))[..12], host);
        Assert.Equal("box\nbox", (await RunAsync("--hostname", "box", App, "sh", "-c", "hostname; cat /etc/hostname")).Succeeds().Text);
    }

    [Fact]
    public async Task The_environment_is_the_images_and_three_more()
    {
        string[] names = (await RunAsync("--hostname", "box", "-e", "A=b c", App, "env")).Succeeds().Lines;
        Assert.Equal(["A=b c", "HOME=/root", "HOSTNAME=box", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Cap(Prm|Eff|Bnd)", DefaultCapabilities)]
    [InlineData("Cap(Inh|Amb)", "0000000000000000")]
    public async Task Capabilities_are_dockers(string which, string value)
    {
        string[] lines = (await RunAsync(App, "grep", "-E", which, "/proc/self/status")).Succeeds().Lines;
        // 20.10 still gives inheritable ones (CVE-2022-24769); its runc of Debian does not.
        Assert.All(lines, l => Assert.EndsWith(value, l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Capabilities_are_added_and_dropped()
    {
        Assert.EndsWith("0000000000000000", (await RunAsync("--cap-drop", "ALL", App, "grep", "CapEff", "/proc/self/status")).Succeeds().Text, StringComparison.Ordinal);
        Assert.EndsWith("0000000000001000", (await RunAsync("--cap-drop", "ALL", "--cap-add", "NET_ADMIN", App, "grep", "CapEff", "/proc/self/status")).Succeeds().Text, StringComparison.Ordinal);
        Assert.EndsWith("00000000a80425fa", (await RunAsync("--cap-drop", "CAP_CHOWN", App, "grep", "CapEff", "/proc/self/status")).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_other_than_root_has_no_effective_capability()
        => Assert.EndsWith("0000000000000000", (await RunAsync("-u", "1000", App, "grep", "CapEff", "/proc/self/status")).Succeeds().Text, StringComparison.Ordinal);

    [Fact]
    public async Task System_calls_are_filtered()
    {
        Assert.Equal("Seccomp:\t2", (await RunAsync(App, "grep", "Seccomp:", "/proc/self/status")).Succeeds().Text);
        Assert.Equal("Seccomp:\t0", (await RunAsync("--security-opt", "seccomp=unconfined", App, "grep", "Seccomp:", "/proc/self/status")).Succeeds().Text);
        CommandResult refused = await RunAsync(App, "unshare", "-m", "true");
        Assert.Contains("Operation not permitted", refused.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_new_privileges_is_set_when_asked()
    {
        Assert.Equal("NoNewPrivs:\t0", (await RunAsync(App, "grep", "NoNewPrivs", "/proc/self/status")).Succeeds().Text);
        Assert.Equal("NoNewPrivs:\t1", (await RunAsync("--security-opt", "no-new-privileges", App, "grep", "NoNewPrivs", "/proc/self/status")).Succeeds().Text);
    }

    [Fact]
    public async Task Mounts_are_dockers()
    {
        string mounts = (await RunAsync(App, "cat", "/proc/self/mounts")).Succeeds().Output;
        Assert.Matches(@"(?m)^overlay / overlay rw", mounts);
        Assert.Matches(@"(?m)^proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0$", mounts);
        Assert.Matches(@"(?m)^tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755", mounts);
        Assert.Matches(@"(?m)^devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 0 0$", mounts);
        Assert.Matches(@"(?m)^sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0$", mounts);
        Assert.Matches(@"(?m)^mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime 0 0$", mounts);
        Assert.Matches(@"(?m)^shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k", mounts);
        Assert.Matches(@"(?m)^proc /proc/sys proc ro,", mounts);
        Assert.Matches(@"(?m)^tmpfs /proc/keys tmpfs", mounts);
        Assert.Matches(@"(?m)^tmpfs /sys/firmware tmpfs ro,", mounts);
    }

    [Fact]
    public async Task The_kernel_is_read_only_from_inside()
    {
        foreach (string path in (string[])["/sys/kernel/x", "/proc/sys/kernel/hostname", CgroupDirectory + (IsUnified ? "" : "/memory") + "/cgroup.procs"])
        {
            CommandResult run = await ShellAsync($"echo x > {path}");
            Assert.Contains("Read-only file system", run.Exits(1).Errors, StringComparison.Ordinal);
        }

        Assert.Equal("0", (await ShellAsync("cat /proc/keys /proc/timer_list | wc -c")).Succeeds().Text);
        Assert.Equal("0", (await ShellAsync("ls /sys/firmware | wc -l")).Succeeds().Text);
    }

    [Fact]
    public async Task Devices_are_dockers()
    {
        string names = (await RunAsync(App, "ls", "/dev")).Succeeds().Text;
        // /dev/core is a link to /proc/kcore, where the kernel has one.
        string core = File.Exists("/proc/kcore") ? "core " : "";
        Assert.Equal(core + "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero", names.Replace('\n', ' '));
        Assert.Equal("1:3 1:7 5:0 1:9", (await ShellAsync("stat -c %t:%T /dev/null /dev/full /dev/tty /dev/urandom | tr '\\n' ' ' | sed 's/ $//'")).Succeeds().Text);
        CommandResult made = await ShellAsync("mknod /tmp/disk b 254 0 && cat /tmp/disk");
        Assert.Contains("Operation not permitted", made.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_root_is_read_only_but_for_the_mounts()
    {
        CommandResult run = await RunAsync("--read-only", App, "sh", "-c", "touch /dev/shm/x && touch /x");
        Assert.Contains("Read-only file system", run.Exits(1).Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("shm", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_none_has_only_loopback()
        => Assert.Equal("lo", (await RunAsync(App, "ls", "/sys/class/net")).Succeeds().Text);

    [Fact]
    public async Task Network_host_is_the_hosts()
    {
        CommandResult run = await Docker.RunAsync("run", "--rm", "--network", "host", App, "sh", "-c", "readlink /proc/self/ns/net; hostname");
        Assert.Equal([Processes.LinkOf(System.Environment.ProcessId, "ns/net")!, System.Environment.MachineName], run.Succeeds().Lines);
    }

    [Fact]
    public async Task Loopback_is_up()
        => (await RunAsync(App, "ping", "-c", "1", "-W", "2", "127.0.0.1")).Succeeds();

    [Fact]
    public async Task Limits_of_memory_processors_and_processes_are_set()
    {
        string name = await SleeperAsync("-m", "64m", "--cpus", "0.5", "--pids-limit", "77");
        int process = int.Parse(await InspectAsync(name, "{{.State.Pid}}"));
        if (IsUnified)
        {
            Assert.Equal("67108864", CgroupFile(process, "", "memory.max"));
            Assert.Equal("50000 100000", CgroupFile(process, "", "cpu.max"));
            Assert.Equal("77", CgroupFile(process, "", "pids.max"));
        }
        else
        {
            Assert.Equal("67108864", CgroupFile(process, "memory", "memory.limit_in_bytes"));
            Assert.Equal("50000", CgroupFile(process, "cpu", "cpu.cfs_quota_us"));
            Assert.Equal("100000", CgroupFile(process, "cpu", "cpu.cfs_period_us"));
            Assert.Equal("77", CgroupFile(process, "pids", "pids.max"));
        }
    }

    [Fact]
    public async Task The_layers_are_seen_as_the_image_says()
    {
        CommandResult run = await ShellAsync("""
            ls /etc/removed /opaque/old 2>&1 | grep -c 'No such file'
            cat /opaque/new; stat -c %h /links/one; readlink /links/absolute; cat /links/relative
            stat -c %a /links/setuid /tmp /root; stat -c %U /home/app; stat -c %Y /links/one; find / -xdev -name '.wh.*' | wc -l
            stat -c %s /data/noise
            """);
        Assert.Equal("2\nseen\n2\n/links/one\ncontent\n4755\n1777\n700\napp\n" + LayerTar.ModificationTime.ToUnixTimeSeconds() + "\n0\n2097152", run.Succeeds().Text);
    }

    /// <summary>The fourth is the directory that ls reads (CVE-2024-21626 was a fifth).</summary>
    [Fact]
    public async Task Only_the_three_descriptors_are_open()
        => Assert.Equal("0\n1\n2\n3", (await RunAsync(App, "ls", "/proc/self/fd")).Succeeds().Text);

    [Fact]
    public async Task A_volume_of_the_host_is_seen_and_written()
    {
        string directory = Directory.CreateDirectory(Path.Combine(Engine.Root, "volume")).FullName;
        (await RunAsync("-v", $"{directory}:/v", App, "sh", "-c", "echo in > /v/file")).Succeeds();
        Assert.Equal("in\n", await File.ReadAllTextAsync(Path.Combine(directory, "file")));
        CommandResult refused = await RunAsync("-v", $"{directory}:/v:ro", App, "touch", "/v/other");
        Assert.Contains("Read-only file system", refused.Exits(1).Errors, StringComparison.Ordinal);
    }

    private static string CgroupFile(int process, string controller, string file)
    {
        string line = File.ReadAllLines($"/proc/{process}/cgroup").First(l => l.Split(':')[1].Split(',').Contains(controller));
        return File.ReadAllText(Path.Combine(CgroupDirectory, controller) + line.Split(':', 3)[2] + "/" + file).Trim();
    }
}
