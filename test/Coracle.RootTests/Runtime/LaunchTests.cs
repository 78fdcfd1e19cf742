using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

[Trait("Needs", "root")]
[Collection(LaunchHostCollection.Name)]
public sealed class LaunchTests(LaunchHost host)
{
    private const int StartFailed = 200;
    private const string Prefix =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

    [Fact]
    public void A_process_runs_and_its_exit_code_is_its_own()
    {
        Assert.Equal(new LaunchResult(0, "hello\n", "\n"), host.Start(host.Spec("sh", "-c", "echo hello")));
        Assert.Equal(42, host.Shell("exit 42").ExitCode);
    }

    [Fact]
    public void It_is_pid_1_with_only_three_descriptors_and_nothing_ignored()
    {
        LaunchResult result = host.Shell("echo $$; ls /proc/self/fd; grep -E 'SigBlk|SigIgn|SigCgt|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Groups|Umask' /proc/self/status");
        Assert.StartsWith("1\n0\n1\n2\n3\nUmask:", result.Output, StringComparison.Ordinal); // 3 is ls itself, reading the directory, and there is no 4

        // Without the shell, which ignores SIGQUIT in its children.
        string signals = host.Start(host.Spec("grep", "Sig", "/proc/self/status")).Output;
        Assert.Contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000", signals, StringComparison.Ordinal);
        Assert.Contains("CapInh:\t0000000000000000", result.Output, StringComparison.Ordinal);
        Assert.Contains("CapPrm:\t00000000a80425fb", result.Output, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t00000000a80425fb", result.Output, StringComparison.Ordinal);
        Assert.Contains("CapBnd:\t00000000a80425fb", result.Output, StringComparison.Ordinal);
        Assert.Contains("CapAmb:\t0000000000000000", result.Output, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t0", result.Output, StringComparison.Ordinal);
        Assert.Contains("Groups:\t0 10", result.Output, StringComparison.Ordinal);
        Assert.Contains("Umask:\t0022", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_it_is_mounted_where_we_are()
    {
        string before = File.ReadAllText("/proc/self/mountinfo");
        Assert.Equal(0, host.Shell("true").ExitCode);
        Assert.Equal(before, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Fact]
    public void The_mounts_are_Dockers()
    {
        string mounts = host.Shell("cat /proc/self/mountinfo").Output;
        AssertMount(mounts, "/proc", "rw,nosuid,nodev,noexec,relatime - proc proc");
        AssertMount(mounts, "/dev", "rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755");
        AssertMount(mounts, "/dev/pts", "rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666");
        AssertMount(mounts, "/sys", "ro,nosuid,nodev,noexec,relatime - sysfs sysfs");
        AssertMount(mounts, "/dev/mqueue", "rw,nosuid,nodev,noexec,relatime - mqueue mqueue");
        AssertMount(mounts, "/dev/shm", "rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k");
        AssertMount(mounts, "/proc/sys", "ro,nosuid,nodev,noexec,relatime - proc proc");
        AssertMount(mounts, "/proc/keys", "rw,nosuid - tmpfs tmpfs");
        AssertMount(mounts, "/sys/firmware", "ro,relatime - tmpfs tmpfs");
    }

    [Fact]
    public void The_devices_are_Dockers()
    {
        string listing = host.Shell("stat -c '%n %F %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; ls -l /dev").Output;
        Assert.Contains("/dev/null character special file 1:3 666", listing, StringComparison.Ordinal);
        Assert.Contains("/dev/zero character special file 1:5 666", listing, StringComparison.Ordinal);
        Assert.Contains("/dev/full character special file 1:7 666", listing, StringComparison.Ordinal);
        Assert.Contains("/dev/random character special file 1:8 666", listing, StringComparison.Ordinal);
        Assert.Contains("/dev/urandom character special file 1:9 666", listing, StringComparison.Ordinal);
        Assert.Contains("/dev/tty character special file 5:0 666", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("console", listing, StringComparison.Ordinal); // only with a tty
        Assert.Contains("pts/ptmx", listing, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_hide_and_read_only_paths_refuse()
    {
        LaunchResult result = host.Shell("cat /proc/keys | grep -c .; ls /proc/acpi | grep -c .; echo 1 > /proc/sys/kernel/panic; echo b > /proc/sysrq-trigger; echo $?");
        Assert.StartsWith("0\n0\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_is_its_own_and_the_console()
    {
        LaunchSpec spec = host.Spec("sh", "-c", "tty; ls -l /dev/console; echo ok > /dev/console; ls /dev/pts") with { Stdio = new StdioSpec(Tty: true, OpenStdin: true, StdinOnce: false) };
        LaunchResult result = host.Start(spec);
        Assert.Contains("/dev/pts/0", result.Output, StringComparison.Ordinal);
        Assert.Contains("136,   0", result.Output, StringComparison.Ordinal);
        Assert.Contains("ok\r\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nosuch", 1, "exec: \"nosuch\": executable file not found in $PATH: unknown")]
    [InlineData("/no/such", 1, "exec: \"/no/such\": stat /no/such: no such file or directory: unknown")]
    [InlineData("./x", 1, "exec: \"./x\": stat ./x: no such file or directory: unknown")]
    [InlineData("", 1, "exec: \"\": executable file not found in $PATH: unknown")]
    [InlineData("/etc", 2, "exec: \"/etc\": is a directory: unknown")]
    [InlineData("/etc/notexec", 2, "exec: \"/etc/notexec\": permission denied: unknown")]
    public void A_program_that_cannot_be_is_refused_in_Dockers_words(string program, int kind, string words)
    {
        LaunchResult result = host.Start(host.Spec(program));
        Assert.Equal(StartFailed, result.ExitCode);
        Assert.Equal($"FAILED {kind}: {Prefix}{words}", result.Error.Trim());
    }

    [Theory]
    [InlineData("garbage", 3, "exec /bin/garbage: exec format error")]
    [InlineData("/bin/lost", 1, "exec /bin/lost: no such file or directory")]
    public void What_only_execve_finds_out_is_said_too(string program, int kind, string words)
        => Assert.Equal($"FAILED {kind}: {words}", host.Start(host.Spec(program)).Error.Trim());

    [Theory]
    [InlineData("", "uid=0(root) gid=0(root) groups=0(root),10(wheel)", "/root")]
    [InlineData("app", "uid=1000(app) gid=1000(app) groups=10(wheel),1000(app)", "/home/app")]
    [InlineData("4242", "uid=4242 gid=0(root) groups=0(root)", "/")]
    [InlineData("1000:0", "uid=1000(app) gid=0(root) groups=0(root)", "/home/app")]
    [InlineData("app:wheel", "uid=1000(app) gid=10(wheel) groups=10(wheel)", "/home/app")]
    public void A_user_is_who_the_image_says(string user, string id, string home)
    {
        LaunchSpec spec = host.Spec("sh", "-c", "id; echo $HOME; echo hi > /dev/stdout; grep CapEff /proc/self/status");
        string output = host.Start(spec with { Process = spec.Process with { User = user } }).Output;
        Assert.StartsWith($"{id}\n{home}\nhi\n", output, StringComparison.Ordinal);
        Assert.Equal(id.Contains("uid=0", StringComparison.Ordinal), !output.Contains("CapEff:\t0000000000000000", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nobody2", "unable to find user nobody2: no matching entries in passwd file")]
    [InlineData("root:nogrp", "unable to find group nogrp: no matching entries in group file")]
    [InlineData("99999999999", "uids and gids must be in range 0-2147483647")]
    public void A_user_that_is_not_there_is_refused(string user, string words)
    {
        LaunchSpec spec = host.Spec("id");
        Assert.Equal("FAILED 3: " + words, host.Start(spec with { Process = spec.Process with { User = user } }).Error.Trim());
    }

    private static void AssertMount(string mounts, string target, string rest)
    {
        string line = mounts.Split('\n').LastOrDefault(line => line.Split(' ') is { Length: > 4 } fields && fields[4] == target) ?? "(not mounted)";
        Assert.Contains(rest, line, StringComparison.Ordinal);
    }
}
