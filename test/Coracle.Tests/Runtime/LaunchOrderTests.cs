using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Tests.Runtime;

/// <summary>Whatever is asked for together: what must come before what, and why (design §1).</summary>
public sealed class LaunchOrderTests
{
    private static readonly byte[] _oneInstruction = [6, 0, 0, 0, 0, 0, 0xff, 0x7f];

    /// <summary>Rows: the earlier step, the later one, and when both must be there. A step is known by the beginning of its text.</summary>
    private static readonly (string Before, string After, string Why)[] _always =
    [
        ("HideFromDebuggers", "WriteFile /sys/fs/cgroup", "nobody may look into the child from the moment that it can be seen"),
        ("WriteFile /sys/fs/cgroup", "WriteFile /proc/self/oom_score_adj", "accounted to the container from its first page on"),
        ("WriteFile /proc/self/oom_score_adj", "CloseDescriptorsFrom", "with the host's /proc in sight, not with one of the image"),
        ("MoveStatusPipes", "CloseDescriptorsFrom", "what is kept is moved out of the way first"),
        ("CloseDescriptorsFrom", "NewSession", "nothing of the monitor's is left when the process is the container's"),
        ("CloseDescriptorsFrom 5", "WorkingDirectory", "/proc/self/fd/N leads nowhere (CVE-2024-21626)"),
        ("NewSession", "JoinSessionKeyring", ""),
        ("JoinSessionKeyring", "User", "made by root, possessed by the user"),
        ("ResetScheduling", "User", "raising needs CAP_SYS_NICE"),
        ("ResetSignals", "AwaitRelease", ""),
        ("Limit", "User", "raising needs CAP_SYS_RESOURCE"),
        ("BoundingSet", "User", "dropping needs CAP_SETPCAP"),
        ("Groups", "User", "without uid 0 they could not be changed any more"),
        ("User", "Capabilities", "setresuid takes them away or leaves them as it likes"),
        ("WorkingDirectory", "User", "first as root"),
        ("User", "WorkingDirectoryAsUser", "then as the user"),
        ("Capabilities", "VerifyWorkingDirectory", ""),
        ("VerifyWorkingDirectory", "FindProgram", ""),
        ("FindProgram", "AwaitRelease", "the barrier comes after the last doubt"),
        ("AwaitRelease", "Execute", ""),
    ];

    public static TheoryData<string> Combinations
    {
        get
        {
            var rows = new TheoryData<string>();
            string[] marks = ["nnp", "filter", "tty", "init", "read-only", "cgroup", "user", "exec"];
            for (int bits = 0; bits < 1 << marks.Length; bits++)
            {
                string[] chosen = [.. marks.Where((_, i) => (bits >> i & 1) != 0)];
                bool isNone = chosen.Contains("exec") && (chosen.Contains("init") || chosen.Contains("read-only") || chosen.Contains("cgroup"));
                foreach (string pid in isNone ? [] : chosen.Contains("exec") ? (string[])[""] : ["", "pid-host", "pid-join"])
                {
                    rows.Add(string.Join(' ', [.. chosen, pid]).Trim());
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void The_order_holds(string combination)
    {
        string[] asked = combination.Split(' ');
        string[] steps = Steps(asked);
        Assert.All(_always, rule => AssertOrder(steps, rule.Before, rule.After, rule.Why));

        bool nnp = asked.Contains("nnp"), filter = asked.Contains("filter"), init = asked.Contains("init");
        Assert.Equal(nnp, steps.Contains("NoNewPrivileges"));
        Assert.Equal(filter ? 1 : 0, steps.Count(s => s.StartsWith("Seccomp ", StringComparison.Ordinal)));
        if (nnp && filter)
        {
            // Without CAP_SYS_ADMIN it can be loaded because of no_new_privs, and so it need not allow what all before it calls.
            AssertOrder(steps, "NoNewPrivileges", "Groups", "");
            AssertOrder(steps, "AwaitRelease", "Seccomp ", "");
            Assert.Equal(init ? 3 : 2, steps.Length - Array.FindIndex(steps, s => s.StartsWith("Seccomp ", StringComparison.Ordinal)));
        }
        else if (filter)
        {
            AssertOrder(steps, "ResetSignals", "Seccomp ", "");
            AssertOrder(steps, "Seccomp ", "BoundingSet", "CAP_SYS_ADMIN may go with it");
            AssertOrder(steps, "Seccomp ", "Groups", "");
        }

        Assert.Equal(init, steps[^2].StartsWith("StayAsInit", StringComparison.Ordinal));
        Assert.StartsWith("Execute", steps[^1], StringComparison.Ordinal);
        CheckRoot(asked, steps);
        CheckSiblings(asked, steps);
    }

    [Theory]
    [InlineData("nnp filter")]
    [InlineData("filter")]
    public void Capabilities_of_another_user_are_dropped_and_roots_are_cut(string combination)
    {
        Assert.Contains("Capabilities 00000000a80425fb", Steps(combination.Split(' ')));
        string[] user = Steps([.. combination.Split(' '), "user"]);
        Assert.Contains("Capabilities 0000000000000000", user);
        Assert.Contains("BoundingSet 00000000a80425fb", user);
    }

    private static void CheckRoot(string[] asked, string[] steps)
    {
        if (asked.Contains("exec"))
        {
            Assert.DoesNotContain(steps, s => s.StartsWith("Mount", StringComparison.Ordinal) || s.StartsWith("PivotRoot", StringComparison.Ordinal));
            AssertOrder(steps, "JoinNamespace", "NewSession", "");
            return;
        }

        AssertOrder(steps, "PivotRoot", "MountProc", "proc shows the PID namespace of who mounts it");
        AssertOrder(steps, "MountProc", "MaskInProc", "");
        AssertOrder(steps, "MaskInProc", "JoinSessionKeyring", "nothing of the user's runs before the masks are there");
        Assert.Equal(asked.Contains("read-only"), steps.Any(s => s.StartsWith("ReadOnlyRoot", StringComparison.Ordinal)));
        if (asked.Contains("read-only"))
        {
            AssertOrder(steps, "MaskInProc", "ReadOnlyRoot", "");
            AssertOrder(steps, "ReadOnlyRoot", "WorkingDirectory", "");
        }

        if (asked.Contains("cgroup"))
        {
            AssertOrder(steps, "WriteFile /sys/fs/cgroup", "UnshareNamespaces cgroup", "its root is where the process is then");
            AssertOrder(steps, "UnshareNamespaces cgroup", "PivotRoot", "");
        }
    }

    private static void CheckSiblings(string[] asked, string[] steps)
    {
        bool joins = asked.Contains("exec") || asked.Contains("pid-join");
        Assert.Equal(joins, steps.Contains("CloneSibling"));
        if (joins)
        {
            AssertOrder(steps, "CloseDescriptorsFrom", "CloneSibling", "a foreign process could look at its descriptors (CVE-2016-9962)");
            AssertOrder(steps, "JoinNamespace", "CloneSibling", "");
            AssertOrder(steps, "CloneSibling", "NewSession", "the session is the one's that walks on");
        }

        if (asked.Contains("tty"))
        {
            AssertOrder(steps, "NewSession", "ControllingTerminal", "only a leader can have one");
        }
    }

    private static void AssertOrder(string[] steps, string before, string after, string why)
    {
        int first = Array.FindIndex(steps, s => s.StartsWith(before, StringComparison.Ordinal));
        int second = Array.FindLastIndex(steps, s => s.StartsWith(after, StringComparison.Ordinal));
        Assert.True(first >= 0 && second >= 0 && first < second, $"'{before}' at {first} is not before '{after}' at {second}: {why}\n{string.Join('\n', steps)}");
    }

    private static string[] Steps(string[] asked)
    {
        var process = new ProcessSpec
        {
            Arguments = ["sh"],
            Environment = ["PATH=/bin"],
            WorkingDirectory = "/srv",
            User = asked.Contains("user") ? "1000" : "",
            Capabilities = CapabilitySet.DockerDefault,
            SeccompFilter = asked.Contains("filter") ? _oneInstruction : [],
            NoNewPrivileges = asked.Contains("nnp"),
            Limits = [new ResourceLimit(7, 1024, 4096)],
        };
        LaunchInputs inputs = Inputs(process);
        using LaunchPlan plan = asked.Contains("exec")
            ? LaunchPlanner.WriteExec(new ExecSpec { ContainerId = "1", Process = process, Tty = asked.Contains("tty") }, inputs)
            : LaunchPlanner.Write(Spec(asked, process), inputs);
        return [.. plan.Steps.Select(step => step.ToString())];
    }

    private static LaunchSpec Spec(string[] asked, ProcessSpec process) => new()
    {
        ContainerId = "1",
        Root = new RootFilesystem([], "/upper", "/work", Volatile: false, ReadOnly: asked.Contains("read-only")),
        Process = process,
        Isolation = new IsolationSpec
        {
            Pid = asked.Contains("pid-host") ? new NamespaceChoice(NamespaceMode.Host)
                : asked.Contains("pid-join") ? new NamespaceChoice(NamespaceMode.Join, "/proc/1/ns/pid") : new NamespaceChoice(NamespaceMode.Private),
            Cgroup = new NamespaceChoice(asked.Contains("cgroup") ? NamespaceMode.Private : NamespaceMode.Host),
            MaskedPaths = ["/proc/kcore"],
            ReadonlyPaths = ["/proc/sys"],
        },
        Resources = new ResourceSpec { CgroupPath = "docker/1" },
        Stdio = new StdioSpec(Tty: asked.Contains("tty"), OpenStdin: false, StdinOnce: false),
        Log = new LogSpec("", 0, 0),
        Init = asked.Contains("init"),
    };

    private static LaunchInputs Inputs(ProcessSpec process) => new()
    {
        Cgroups = [new CgroupPlace("pids", "/sys/fs/cgroup/pids/docker/1", unified: false)],
        Stdin = 64,
        Stdout = 65,
        Stderr = 66,
        Root = 67,
        NullDevice = 68,
        PidNamespace = 69,
        Container = 70,
        User = ContainerUser.Resolve(process.User, [], AccountFile.Parse("root:x:0:0:root:/root:/bin/sh\n"u8), AccountFile.Parse("wheel:x:10:root\n"u8)),
        Candidates = ProgramSearch.Candidates("sh", process.Environment),
        Environment = process.Environment,
        Grantable = ulong.MaxValue,
    };
}
