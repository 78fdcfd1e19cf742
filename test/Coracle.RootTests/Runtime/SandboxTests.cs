using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

[Trait("Needs", "root")]
[Collection(LaunchHostCollection.Name)]
public sealed class SandboxTests(LaunchHost host)
{
    private const int MostLayers = 127;
    private const int StressStarts = 500;

    // BPF: allow everything; and: EPERM for one call (mkdir, nr 83; mkdirat, nr 258 on x64), else allow.
    private static readonly byte[] _allowAll = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f];
    private static readonly byte[] _refuseMkdir =
    [
        0x20, 0, 0, 0, 0, 0, 0, 0, // load the call's number
        0x15, 0, 1, 0, 83, 0, 0, 0, // mkdir? then over the next comparison
        0x15, 0, 0, 1, 2, 1, 0, 0, // mkdirat?
        0x06, 0, 0, 0, 1, 0, 5, 0, // EPERM
        0x06, 0, 0, 0, 0, 0, 0xff, 0x7f,
    ];

    [Theory]
    [InlineData(false, "0")]
    [InlineData(true, "1")]
    public void A_filter_holds_with_and_without_no_new_privs(bool noNewPrivileges, string expected)
    {
        LaunchSpec spec = host.Spec("sh", "-c", "mkdir /x; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status");
        LaunchResult result = host.Start(spec with { Process = spec.Process with { SeccompFilter = _refuseMkdir, NoNewPrivileges = noNewPrivileges } });
        Assert.Equal($"NoNewPrivs:\t{expected}\nSeccomp:\t2\n", result.Output);
        Assert.Contains("Operation not permitted", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_of_127_layers_runs_and_one_of_128_is_refused_by_name()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "ls /var");
        var layers = new List<string> { host.BaseLayer };
        for (int i = 1; i < MostLayers; i++)
        {
            string layer = host.NewDirectory($"{spec.ContainerId}-layers/{i:x64}/diff");
            Directory.CreateDirectory(Path.Combine(layer, "var", $"{i}"));
            layers.Insert(0, layer);
        }

        LaunchResult result = host.Start(spec with { Root = spec.Root with { LowerDirectories = layers } });
        Assert.Equal(("", MostLayers - 1), (result.Error.Trim(), result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));

        layers.Add(host.NewDirectory("one-more"));
        Assert.Contains("max depth exceeded", host.Start(spec with { Root = spec.Root with { LowerDirectories = layers } }).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Volumes_appear_where_asked_and_read_only_ones_refuse()
    {
        string volume = host.NewDirectory("volume");
        File.WriteAllText(Path.Combine(volume, "f"), "there\n");
        LaunchSpec spec = host.Spec("sh", "-c", "cat /data/sub/f /etc/one; touch /data/sub/new; touch /ro/new; echo $?");
        LaunchResult result = host.Start(spec with
        {
            Binds =
            [
                new BindMount(volume, "/data/sub", ReadOnly: false),
                new BindMount(volume, "/ro", ReadOnly: true),
                new BindMount(Path.Combine(volume, "f"), "/etc/one", ReadOnly: true),
            ],
        });
        Assert.Equal("there\nthere\n1\n", result.Output);
        Assert.True(File.Exists(Path.Combine(volume, "new")));
    }

    [Fact]
    public void A_link_in_the_image_does_not_lead_a_volume_out_of_the_root()
    {
        string outside = host.NewDirectory("outside");
        string volume = host.NewDirectory("aimed");
        File.WriteAllText(Path.Combine(volume, "f"), "inside\n");
        LaunchSpec spec = host.Spec("sh", "-c", "cat /link/f; ls -d " + outside);
        File.CreateSymbolicLink(Path.Combine(spec.Root.UpperDirectory, "link"), outside);
        LaunchResult result = host.Start(spec with { Binds = [new BindMount(volume, "/link", ReadOnly: false)] });
        Assert.StartsWith("FAILED", result.Error, StringComparison.Ordinal); // the link dangles inside the root: nothing to mount on
        Assert.Empty(Directory.GetFileSystemEntries(outside));

        File.Delete(Path.Combine(spec.Root.UpperDirectory, "link"));
        File.CreateSymbolicLink(Path.Combine(spec.Root.UpperDirectory, "link"), "/tmp");
        Assert.Equal("inside\n", host.Start(spec with { Binds = [new BindMount(volume, "/link", ReadOnly: false)] }).Output);
    }

    [Theory]
    [InlineData("/proc")]
    [InlineData("/proc/x")]
    [InlineData("/proc/sys")]
    [InlineData("/tmp/../proc/self")]
    public void Nothing_is_mounted_over_proc(string target)
    {
        LaunchSpec spec = host.Spec("true") with { Binds = [new BindMount(host.BaseLayer, target, ReadOnly: false)] };
        Assert.Contains("cannot be mounted because it is inside /proc", host.Start(spec).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void But_lxcfs_may_replace_meminfo()
    {
        string file = Path.Combine(host.NewDirectory("lxcfs"), "meminfo");
        File.WriteAllText(file, "MemTotal: 42 kB\n");
        LaunchSpec spec = host.Spec("sh", "-c", "cat /proc/meminfo; touch /proc/meminfo") with { Binds = [new BindMount(file, "/proc/meminfo", ReadOnly: true)] };
        LaunchResult result = host.Start(spec);
        Assert.True(result.Output == "MemTotal: 42 kB\n", result.Output + result.Error);
        Assert.Contains("Read-only", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_whose_proc_is_a_link_is_refused()
    {
        LaunchSpec spec = host.Spec("true");
        File.CreateSymbolicLink(Path.Combine(spec.Root.UpperDirectory, "proc"), "/tmp");
        Assert.Contains("filesystem \"proc\" must be mounted on ordinary directory", host.Start(spec).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_over_a_directory_that_is_a_file_is_Dockers_error()
    {
        LaunchSpec spec = host.Spec("true") with { Binds = [new BindMount("/etc/passwd", "/tmp", ReadOnly: true)] };
        LaunchResult result = host.Start(spec);
        Assert.Contains("error mounting \"/etc/passwd\" to rootfs at \"/tmp\"", result.Error, StringComparison.Ordinal);
        Assert.Contains("not a directory: unknown: Are you trying to mount a directory onto a file", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tmpfs_has_its_options()
    {
        LaunchSpec spec = host.Spec("grep", " /scratch ", "/proc/self/mountinfo") with { Tmpfs = [new TmpfsMount("/scratch", "size=1m,mode=700")] };
        Assert.Contains("rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=1024k,mode=700", host.Start(spec).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_only_root_leaves_dev_writable()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "touch /x; touch /dev/x && touch /dev/shm/x && echo ok");
        LaunchResult result = host.Start(spec with { Root = spec.Root with { ReadOnly = true } });
        Assert.Equal("ok\n", result.Output);
        Assert.Contains("/x: Read-only file system", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_working_directory_leads_out()
    {
        for (int descriptor = 3; descriptor <= 20; descriptor++)
        {
            LaunchSpec spec = host.Spec("pwd");
            LaunchResult result = host.Start(spec with { Process = spec.Process with { WorkingDirectory = $"/proc/self/fd/{descriptor}" } });
            Assert.StartsWith("FAILED", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_working_directory_is_made_and_a_file_is_none()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "pwd; stat -c '%a %u:%g' .");
        Assert.Equal("/a/b\n755 0:0\n", host.Start(spec with { Process = spec.Process with { WorkingDirectory = "/a/b" } }).Output);
        Assert.Contains(
            "Cannot mkdir: /etc/passwd is not a directory",
            host.Start(spec with { Process = spec.Process with { WorkingDirectory = "/etc/passwd" } }).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_has_its_own_names_network_and_settings()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "hostname; ls /sys/class/net; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; grep ' lo:\\|lo:' /proc/net/dev | grep -c lo");
        spec = spec with
        {
            Isolation = spec.Isolation with
            {
                Hostname = "another",
                Sysctls = [new("net.ipv4.ip_forward", "1"), new("kernel.msgmax", "4321")],
            },
        };
        string hostname = File.ReadAllText("/proc/sys/kernel/hostname");
        Assert.Equal("another\nlo\n1\n4321\n1\n", host.Start(spec).Output);
        Assert.Equal(hostname, File.ReadAllText("/proc/sys/kernel/hostname"));
        Assert.Contains(
            "open /proc/sys/net/ipv4/nosuch: no such file or directory",
            host.Start(spec with { Isolation = spec.Isolation with { Sysctls = [new("net.ipv4.nosuch", "1")] } }).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_can_join_another_s_PID_namespace()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "echo $(($$ > 1)); grep -c . /proc/1/cmdline; readlink /proc/self/ns/pid");
        LaunchResult result = host.Start(spec with { Isolation = spec.Isolation with { Pid = new NamespaceChoice(NamespaceMode.Join, "/proc/self/ns/pid") } });
        Assert.Equal((0, ""), (result.ExitCode, result.Error.Trim()));
        Assert.StartsWith("1\n", result.Output, StringComparison.Ordinal);
        Assert.Contains(File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)!.Name, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_set_or_said()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "ulimit -n; ulimit -Hn");
        Assert.Equal("100\n200\n", host.Start(spec with { Process = spec.Process with { Limits = [new ResourceLimit(7, 100, 200)] } }).Output);
        Assert.Contains(
            "error setting rlimits for ready process: error setting rlimit type 7: operation not permitted",
            host.Start(spec with { Process = spec.Process with { Limits = [new ResourceLimit(7, 100, 2_000_000_000)] } }).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_in_its_cgroup_and_sees_it()
    {
        string hierarchy = Directory.Exists("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
        string cgroup = Directory.CreateDirectory($"{hierarchy}/coracle-test-{Environment.ProcessId}").FullName;
        try
        {
            string name = hierarchy.EndsWith("pids", StringComparison.Ordinal) ? "pids" : "unified";
            LaunchSpec spec = host.Spec("sh", "-c", "cat /proc/self/cgroup; ls /sys/fs/cgroup; touch /sys/fs/cgroup/x; cat /sys/fs/cgroup/pids/cgroup.procs | grep -c 1");
            LaunchResult result = host.Start(spec, $"{name}={cgroup}");
            Assert.Contains(Path.GetFileName(cgroup), result.Output, StringComparison.Ordinal);
            Assert.Contains("Read-only", result.Error, StringComparison.Ordinal);

            spec = spec with { Isolation = spec.Isolation with { Cgroup = new NamespaceChoice(NamespaceMode.Private) } };
            string inside = host.Start(spec, $"{name}={cgroup}").Output;
            Assert.DoesNotContain(Path.GetFileName(cgroup), inside, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(cgroup);
        }
    }

    [Fact]
    public void Hundreds_of_starts_with_collections_between_them_all_succeed()
    {
        int times = int.TryParse(Environment.GetEnvironmentVariable("CORACLE_STRESS_STARTS"), out int asked) ? asked : StressStarts;
        LaunchSpec spec = host.Spec("true");
        LaunchResult result = host.Start(spec with { Process = spec.Process with { SeccompFilter = _allowAll } }, "--times", $"{times}");
        Assert.Equal(new LaunchResult(0, "", "\n"), result);
    }
}
