using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Tests.Runtime;

public sealed class LaunchPlannerTests
{
    private static readonly byte[] _oneInstruction = [6, 0, 0, 0, 0, 0, 0xff, 0x7f];

    [Fact]
    public void A_default_container_takes_these_steps()
    {
        Assert.Equal(
            [
                "HideFromDebuggers",
                "WriteFile /sys/fs/cgroup/pids/docker/1/cgroup.procs 0",
                "WriteFile /proc/self/oom_score_adj 0",
                "MoveDescriptor to 0",
                "MoveDescriptor to 1",
                "MoveDescriptor to 2",
                "MoveStatusPipes",
                "MoveDescriptor to 5",
                "MoveDescriptor to 6",
                "PivotRoot",
                "CloseDescriptorsFrom 7",
                "NewSession",
                "MountProc (e)",
                "ReadOnlyInProc sys",
                "MaskInProc kcore",
                "CloseDescriptorsFrom 5",
                "JoinSessionKeyring _ses.1",
                "ResetScheduling",
                "ResetSignals",
                "Umask 22",
                "Limit 7 1024:4096",
                "Seccomp 1 instructions",
                "BoundingSet 00000000a80425fb",
                "WorkingDirectory /srv",
                "Groups 0,10",
                "User 0:0",
                "WorkingDirectoryAsUser /srv",
                "Capabilities 00000000a80425fb",
                "VerifyWorkingDirectory",
                "FindProgram sh",
                "AwaitRelease",
                "Execute sh",
            ],
            StepsOf(Spec()));
    }

    [Fact]
    public void An_exec_joins_what_a_container_makes()
    {
        using LaunchPlan plan = LaunchPlanner.WriteExec(
            new ExecSpec { ContainerId = "1", Process = Spec().Process, Tty = true }, Inputs(Spec(), grantable: ulong.MaxValue));
        Assert.Equal(
            [
                "HideFromDebuggers",
                "WriteFile /sys/fs/cgroup/pids/docker/1/cgroup.procs 0",
                "WriteFile /proc/self/oom_score_adj 0",
                "MoveDescriptor to 0",
                "MoveDescriptor to 1",
                "MoveDescriptor to 2",
                "MoveStatusPipes",
                "MoveDescriptor to 5",
                "CloseDescriptorsFrom 6",
                "JoinNamespace of the container (6e020000)",
                "CloseDescriptorsFrom 5",
                "CloneSibling",
                "NewSession",
                "ControllingTerminal",
                "JoinSessionKeyring _ses.1",
                "ResetScheduling",
                "ResetSignals",
                "Umask 22",
                "Limit 7 1024:4096",
                "Seccomp 1 instructions",
                "BoundingSet 00000000a80425fb",
                "WorkingDirectory /srv",
                "Groups 0,10",
                "User 0:0",
                "WorkingDirectoryAsUser /srv",
                "Capabilities 00000000a80425fb",
                "VerifyWorkingDirectory",
                "FindProgram sh",
                "AwaitRelease",
                "Execute sh",
            ],
            plan.Steps.Select(step => step.ToString()));
    }

    [Fact]
    public void An_init_is_made_at_the_very_end_and_is_filtered_too()
    {
        Assert.Equal(["AwaitRelease", "StayAsInit /sbin/docker-init -- sh", "Execute sh"], StepsOf(Spec() with { Init = true })[^3..]);
        Assert.Equal(
            ["AwaitRelease", "Seccomp 1 instructions", "StayAsInit /sbin/docker-init -- sh", "Execute sh"],
            StepsOf(Spec(process => process with { NoNewPrivileges = true }) with { Init = true })[^4..]);
    }

    [Fact]
    public void With_no_new_privs_the_filter_is_the_last_thing_before_execve()
    {
        string[] steps = StepsOf(Spec(process => process with { NoNewPrivileges = true }));
        Assert.Equal(["AwaitRelease", "Seccomp 1 instructions", "Execute sh"], steps[^3..]);
        Assert.True(Array.IndexOf(steps, "NoNewPrivileges") < Array.IndexOf(steps, "User 0:0"));
    }

    [Fact]
    public void A_joined_PID_namespace_is_entered_with_everything_closed_and_by_a_sibling()
    {
        LaunchSpec spec = Spec();
        string[] steps = StepsOf(spec with { Isolation = spec.Isolation with { Pid = new NamespaceChoice(NamespaceMode.Join, "/proc/1/ns/pid") } });
        int join = Array.IndexOf(steps, "JoinNamespace pid");
        Assert.Equal(["CloseDescriptorsFrom 7", "JoinNamespace pid", "CloneSibling", "NewSession"], steps[(join - 1)..(join + 3)]);
        Assert.Equal(0, Array.IndexOf(steps, "HideFromDebuggers"));
    }

    [Fact]
    public void A_cgroup_namespace_of_its_own_is_made_after_the_process_is_in_its_cgroups()
    {
        LaunchSpec spec = Spec();
        string[] steps = StepsOf(spec with { Isolation = spec.Isolation with { Cgroup = new NamespaceChoice(NamespaceMode.Private) } });
        Assert.True(Array.IndexOf(steps, "UnshareNamespaces cgroup") > Array.IndexOf(steps, "WriteFile /sys/fs/cgroup/pids/docker/1/cgroup.procs 0"));
    }

    [Fact]
    public void A_terminal_becomes_the_controlling_one()
        => Assert.Contains("ControllingTerminal", StepsOf(Spec() with { Stdio = new StdioSpec(Tty: true, OpenStdin: true, StdinOnce: false) }));

    [Fact]
    public void A_read_only_root_is_made_so_after_everything_was_mounted()
    {
        LaunchSpec spec = Spec();
        string[] steps = StepsOf(spec with { Root = spec.Root with { ReadOnly = true } });
        Assert.True(Array.IndexOf(steps, "ReadOnlyRoot") > Array.IndexOf(steps, "MaskInProc kcore"));
    }

    [Fact]
    public void Only_root_keeps_capabilities_and_none_beyond_our_own()
    {
        string[] other = StepsOf(Spec(process => process with { User = "1000" }));
        Assert.Contains("Capabilities 0000000000000000", other);
        Assert.Contains("BoundingSet 00000000a80425fb", other);

        string[] privileged = StepsOf(Spec(process => process with { Capabilities = ulong.MaxValue }), grantable: 0x1fffeffffff);
        Assert.Contains("Capabilities 000001fffeffffff", privileged);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\0")]
    public void A_NUL_in_an_argument_is_refused(string argument)
        => Assert.Throws<LinuxException>(() => StepsOf(Spec(process => process with { Arguments = ["sh", argument] })));

    [Fact]
    public void More_steps_than_the_bound_are_refused()
    {
        LaunchSpec spec = Spec();
        string[] paths = Enumerable.Range(0, LaunchPlan.MaxSteps).Select(i => $"/proc/{i}").ToArray();
        Assert.Throws<LinuxException>(() => StepsOf(spec with { Isolation = spec.Isolation with { MaskedPaths = paths } }));
    }

    [Fact]
    public void A_plan_out_of_order_does_not_validate()
    {
        using var plan = new LaunchPlan();
        plan.User(0, 0);
        plan.Groups([0]);
        Assert.Throws<InvalidOperationException>(plan.Validate);
    }

    private static string[] StepsOf(LaunchSpec spec, ulong grantable = ulong.MaxValue)
    {
        using LaunchPlan plan = LaunchPlanner.Write(spec, Inputs(spec, grantable));
        return [.. plan.Steps.Select(step => step.ToString())];
    }

    private static LaunchInputs Inputs(LaunchSpec spec, ulong grantable)
    {
        ContainerUser user = ContainerUser.Resolve(
            spec.Process.User, [], AccountFile.Parse("root:x:0:0:root:/root:/bin/sh\n"u8), AccountFile.Parse("wheel:x:10:root\n"u8));
        return new LaunchInputs
        {
            Cgroups = [new CgroupPlace("pids", "/sys/fs/cgroup/pids/docker/1", unified: false)],
            Stdin = 64,
            Stdout = 65,
            Stderr = 66,
            Root = 67,
            NullDevice = 68,
            PidNamespace = 69,
            Container = 70,
            User = user,
            Candidates = ProgramSearch.Candidates(spec.Process.Arguments[0], spec.Process.Environment),
            Environment = spec.Process.Environment,
            Grantable = grantable,
        };
    }

    private static LaunchSpec Spec(Func<ProcessSpec, ProcessSpec>? change = null)
    {
        var process = new ProcessSpec
        {
            Arguments = ["sh"],
            Environment = ["PATH=/bin"],
            WorkingDirectory = "/srv",
            Capabilities = CapabilitySet.DockerDefault,
            SeccompFilter = _oneInstruction,
            Limits = [new ResourceLimit(7, 1024, 4096)],
        };
        return new LaunchSpec
        {
            ContainerId = "1",
            Root = new RootFilesystem([], "/upper", "/work", Volatile: false, ReadOnly: false),
            Process = change?.Invoke(process) ?? process,
            Isolation = new IsolationSpec
            {
                Cgroup = new NamespaceChoice(NamespaceMode.Host),
                MaskedPaths = ["/proc/kcore", "/sys/firmware"],
                ReadonlyPaths = ["/proc/sys"],
            },
            Resources = new ResourceSpec { CgroupPath = "docker/1" },
            Stdio = new StdioSpec(Tty: false, OpenStdin: false, StdinOnce: false),
            Log = new LogSpec("", 0, 0),
        };
    }
}
