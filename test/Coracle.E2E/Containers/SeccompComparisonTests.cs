using System.Globalization;

namespace Coracle.E2E;

/// <summary>
/// Every system call number, through every interface of this machine, tried inside a container of ours and inside one of Debian's dockerd:
/// the answers are the same but for what <see cref="SeccompDifference.All"/> says.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class SeccompComparisonTests(Stage stage, Reference reference) : EngineTest(stage), IClassFixture<Reference>
{
    /// <summary>SIGALRM, 150 ms after the call was begun.</summary>
    private const string TimedOut = "signal 14";

    /// <summary>
    /// All that this machine has and dockerd 20.10 knows, instead of --privileged, which it cannot do where one is missing. Without a filter
    /// the newest three decide nothing that is asked here.
    /// </summary>
    private static readonly string[] _nearlyAll = [.. Privileges().SelectMany(name => (string[])["--cap-add", name])];

    public static TheoryData<string, string[], string[]> Settings => new()
    {
        { "default", [], [] },
        { "admin", ["--cap-add", "SYS_ADMIN"], ["--cap-add", "SYS_ADMIN"] },
        { "none", ["--cap-drop", "ALL"], ["--cap-drop", "ALL"] },
        { "unconfined", ["--security-opt", "seccomp=unconfined"], ["--security-opt", "seccomp=unconfined"] },
        { "privileged", ["--privileged"], ["--security-opt", "seccomp=unconfined", .. _nearlyAll] },
        { "no-new-privileges", ["--security-opt", "no-new-privileges"], ["--security-opt", "no-new-privileges"] },
    };

    public static TheoryData<string, string> Profiles => new()
    {
        // Everything allowed, and one call for each action, comparison and filter.
        { "custom", """
            {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[
            {"names":["mkdir","mkdirat","nosuchcall"],"action":"SCMP_ACT_ERRNO","errnoRet":28,"comment":"no room"},
            {"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"args":[{"index":0,"value":16,"op":"SCMP_CMP_EQ"}]},
            {"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"args":[{"index":0,"value":30,"op":"SCMP_CMP_GE"},{"index":1,"value":1,"op":"SCMP_CMP_LE"}]},
            {"names":["personality"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":131072,"valueTwo":131072,"op":"SCMP_CMP_MASKED_EQ"}]},
            {"names":["clone"],"action":"SCMP_ACT_ERRNO","errnoRet":11,"args":[{"index":0,"value":536870928,"op":"SCMP_CMP_GT"}]},
            {"names":["unshare"],"action":"SCMP_ACT_ERRNO","errnoRet":11,"args":[{"index":0,"value":1,"op":"SCMP_CMP_LT"}]},
            {"names":["setns"],"action":"SCMP_ACT_ERRNO","errnoRet":11,"args":[{"index":0,"value":1,"op":"SCMP_CMP_NE"}]},
            {"name":"sync","action":"SCMP_ACT_KILL"},{"name":"syncfs","action":"SCMP_ACT_KILL_THREAD"},{"name":"fsync","action":"SCMP_ACT_KILL_PROCESS"},
            {"names":["getcpu"],"action":"SCMP_ACT_TRAP"},{"names":["times"],"action":"SCMP_ACT_TRACE"},{"names":["getpgid"],"action":"SCMP_ACT_LOG"},
            {"names":["chroot"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"excludes":{"caps":["CAP_SYS_ADMIN"]}},
            {"names":["acct"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"includes":{"caps":["CAP_SYS_ADMIN"]}},
            {"names":["swapon"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"includes":{"minKernel":"4.8","arches":["amd64","arm64"]}},
            {"names":["swapoff"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"includes":{"minKernel":"99.0"}}]}
            """ },
        // Nothing allowed but what the probe and runc need; newer calls do not exist, x32 is another machine.
        { "strict", """{"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]},{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}],"syscalls":[{"names":[CALLS],"action":"SCMP_ACT_ALLOW"}]}""" },
        // The same with no architecture named: newer calls are refused like the others.
        { "strict-native", """{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":[CALLS],"action":"SCMP_ACT_ALLOW"}]}""" },
    };

    private const string StrictCalls = """
        access arch_prctl brk capget capset chdir chmod chown clone close close_range dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait execve exit
        exit_group faccessat faccessat2 fchdir fchmod fchown fcntl fork fstat fstatfs futex getcwd getdents64 getegid geteuid getgid getpid getppid
        getrandom getrlimit gettid getuid ioctl kill lseek lstat madvise mmap mount mprotect munmap nanosleep newfstatat open openat openat2 pipe pipe2
        pivot_root prctl pread64 prlimit64 read readlink readlinkat rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity seccomp set_robust_list
        set_tid_address setgid setgroups setitimer setns setresgid setresuid setsid setuid sigaltstack stat statfs statx tgkill umask umount2 uname
        unshare vfork wait4 waitid write writev
        """;

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Each_call_is_answered_as_by_dockerd(string name, string[] ours, string[] dockers) => await CompareAsync(name, ours, dockers);

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task A_profile_of_the_users_means_the_same(string name, string profile)
    {
        string file = Path.Combine(Engine.Root, name + ".json");
        string calls = string.Join(',', StrictCalls.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(call => $"\"{call}\""));
        await File.WriteAllTextAsync(file, profile.Replace("CALLS", calls, StringComparison.Ordinal));
        string[] options = ["--security-opt", "seccomp=" + file];
        await CompareAsync(name, options, options);
    }

    private async Task CompareAsync(string setting, string[] ours, string[] dockers)
    {
        SeccompDifference[] known = [.. SeccompDifference.All.Where(d => d.Settings.Contains(setting))];
        var used = new HashSet<SeccompDifference>();
        string[] unexplained = [.. await UnexplainedAsync(ours, dockers, known, used)];
        if (unexplained.Any(IsByTime))
        {
            // So the probe tells a call that waits; when the machine has no processor to give for 150 ms, also one that does not. That does
            // not meet the same call twice.
            IReadOnlyList<string> again = await UnexplainedAsync(ours, dockers, known, used);
            unexplained = [.. unexplained.Where(line => !IsByTime(line) || again.Contains(line))];
        }

        Assert.True(unexplained.Length == 0, $"{setting}:\n{string.Join('\n', unexplained)}");
        Assert.True(
            known.All(d => used.Contains(d) || d.DependsOnKernel),
            "no longer a difference: " + string.Join("; ", known.Where(d => !used.Contains(d) && !d.DependsOnKernel).Select(d => $"{setting}: {d.Calls} {d.Why}")));
    }

    private static bool IsByTime(string line) => line.Contains(TimedOut, StringComparison.Ordinal);

    /// <param name="used">Gets those of the known differences that were seen.</param>
    private async Task<IReadOnlyList<string>> UnexplainedAsync(string[] ours, string[] dockers, SeccompDifference[] known, HashSet<SeccompDifference> used)
    {
        string probe = await Probe.MountAsync("syscalls", Engine);
        ReferenceEngine dockerd = await reference.WithAsync(App);
        string[] Line(string[] options) => ["run", "--rm", "--network", "none", "-v", probe, .. options, App, Probe.Inside + "/syscalls"];
        Dictionary<string, string> our = Answers((await Docker.RunAsync(Line(ours))).Succeeds());
        Dictionary<string, string> docker = Answers((await dockerd.RunAsync(Line(dockers))).Succeeds());
        Assert.Equal(docker.Keys.Order(StringComparer.Ordinal), our.Keys.Order(StringComparer.Ordinal));
        Assert.True(our.Count > 400, "the probe tried only " + our.Count);
        var unexplained = new List<string>();
        foreach ((string call, string answer) in docker.Where(pair => our[pair.Key] != pair.Value))
        {
            if (known.FirstOrDefault(d => d.Explains(call, answer, our[call])) is { } difference)
            {
                used.Add(difference);
            }
            else
            {
                unexplained.Add($"{call}: dockerd {answer}, coracle {our[call]}");
            }
        }

        return unexplained;
    }

    private static Dictionary<string, string> Answers(CommandResult run)
        => run.Lines.Select(line => line.Split(' ')).ToDictionary(
            words => words[0].Contains('(', StringComparison.Ordinal) ? words[0] : $"{words[0]} {words[1]}",
            words => string.Join(' ', words[(words[0].Contains('(', StringComparison.Ordinal) ? 1 : 2)..]));

    private static IEnumerable<string> Privileges()
    {
        string[] names =
        [
            "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
            "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN",
            "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE",
            "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        ];
        ulong own = ulong.Parse(
            File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1], NumberStyles.HexNumber,
            CultureInfo.InvariantCulture);
        return names.Where((_, number) => (own >> number & 1) != 0);
    }
}
