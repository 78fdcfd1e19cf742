using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Writes down, step by step, how a forked child becomes the container's process. No I/O: a plan is tested as data.</summary>
internal static partial class LaunchPlanner
{
    // What the child keeps beside 0-2 and its two pipes, by number, until /proc is ready.
    private const int NullDescriptor = 5;
    private const int PidNamespaceDescriptor = 6;
    private const int FirstVolumeDescriptor = 7;

    private const int FirstAfterStdioAndPipes = 5;

    /// <param name="inputs">What was opened for it; the descriptors must stay open until the fork.</param>
    internal static LaunchPlan Write(LaunchSpec spec, LaunchInputs inputs)
    {
        var plan = new LaunchPlan();
        try
        {
            EnterOwnCgroups(plan, spec, inputs);
            EnterRoot(plan, spec, inputs);
            MountProc(plan, spec, inputs);
            Reset(plan, spec.ContainerId, spec.Process);
            Become(plan, spec.Process, inputs, spec.Init);
            plan.Validate();
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>Before anything else, so that what follows is accounted to the container; still with the host's /proc in sight.</summary>
    private static void EnterOwnCgroups(LaunchPlan plan, LaunchSpec spec, LaunchInputs inputs)
    {
        EnterCgroups(plan, spec.Process, inputs);
        if (spec.Isolation.Cgroup.Mode == NamespaceMode.Private)
        {
            plan.UnshareNamespaces(NamespaceKinds.Cgroup);
        }

        inputs.PlanCgroupMounts(plan);
    }

    private static void EnterRoot(LaunchPlan plan, LaunchSpec spec, LaunchInputs inputs)
    {
        MoveStreams(plan, inputs);
        plan.MoveDescriptor(inputs.NullDevice, NullDescriptor);
        bool joinsPid = spec.Isolation.Pid.Mode == NamespaceMode.Join;
        plan.MoveDescriptor(joinsPid ? inputs.PidNamespace : inputs.NullDevice, PidNamespaceDescriptor);
        for (int i = 0; i < inputs.VolumesInProc.Count; i++)
        {
            plan.MoveDescriptor(inputs.VolumesInProc[i], FirstVolumeDescriptor + i);
        }

        plan.PivotRoot(inputs.Root);
        plan.CloseDescriptorsFrom(FirstVolumeDescriptor + inputs.VolumesInProc.Count);
        if (joinsPid)
        {
            // Only now, with nothing of the monitor's in hand, does a process appear where others could look at it.
            plan.JoinNamespace(PidNamespaceDescriptor, NamespaceKinds.Pid);
            plan.CloneSibling();
        }

        plan.NewSession();
        if (spec.Stdio.Tty)
        {
            plan.ControllingTerminal(0);
        }
    }

    private static void MountProc(LaunchPlan plan, LaunchSpec spec, LaunchInputs inputs)
    {
        plan.MountProc(DefaultMounts.NoSuidExecDev);
        inputs.Volumes?.PlanInProc(plan, FirstVolumeDescriptor);
        RestrictedPaths.Plan(plan, spec.Isolation, NullDescriptor, DefaultMounts.NoSuidExecDev);
        if (spec.Root.ReadOnly)
        {
            plan.ReadOnlyRoot(MountFlags.RelativeAccessTime);
        }

        plan.CloseDescriptorsFrom(FirstAfterStdioAndPipes);
    }

    /// <summary>Nothing is inherited by chance.</summary>
    private static void Reset(LaunchPlan plan, string containerId, ProcessSpec process)
    {
        plan.JoinSessionKeyring("_ses." + containerId);
        plan.ResetScheduling();
        plan.ResetSignals();
        plan.Umask(process.Umask);
        foreach (ResourceLimit limit in process.Limits)
        {
            plan.Limit(limit.Resource, limit.Soft, limit.Hard);
        }
    }

    /// <summary>
    /// Without no_new_privs a filter can only be loaded while CAP_SYS_ADMIN is there: first. With it the filter goes last, so that it
    /// need not allow what dropping privileges takes.
    /// </summary>
    private static void Become(LaunchPlan plan, ProcessSpec process, LaunchInputs inputs, bool init = false)
    {
        bool filtered = process.SeccompFilter.Length > 0;
        if (process.NoNewPrivileges)
        {
            plan.NoNewPrivileges();
        }
        else if (filtered)
        {
            plan.Seccomp(process.SeccompFilter);
        }

        ulong capabilities = process.Capabilities & inputs.Grantable;
        plan.BoundingSet(capabilities);
        plan.WorkingDirectory(process.WorkingDirectory);
        plan.Groups(inputs.User.Groups);
        plan.User(inputs.User.Uid, inputs.User.Gid);
        plan.WorkingDirectoryAsUser(process.WorkingDirectory);
        plan.Capabilities(inputs.User.Uid == 0 ? capabilities : 0);
        plan.VerifyWorkingDirectory();
        plan.FindProgram(process.Arguments[0], inputs.Candidates);
        plan.AwaitRelease();
        if (process.NoNewPrivileges && filtered)
        {
            plan.Seccomp(process.SeccompFilter);
        }

        if (init)
        {
            plan.StayAsInit("/sbin/docker-init -- " + process.Arguments[0]);
        }

        plan.Execute(process.Arguments, inputs.Environment);
    }
}
