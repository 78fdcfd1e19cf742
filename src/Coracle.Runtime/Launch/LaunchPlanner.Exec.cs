using System.Globalization;
using Coracle.Linux;

namespace Coracle.Runtime;

// An exec: the container's namespaces are joined where its first process makes and furnishes them.
internal static partial class LaunchPlanner
{
    private const int ContainerDescriptor = 5;

    private const NamespaceKinds AllKinds = NamespaceKinds.Mount | NamespaceKinds.Cgroup | NamespaceKinds.Uts | NamespaceKinds.Ipc
        | NamespaceKinds.Pid | NamespaceKinds.Network;

    /// <inheritdoc cref="Write"/>
    internal static LaunchPlan WriteExec(ExecSpec spec, LaunchInputs inputs)
    {
        var plan = new LaunchPlan();
        try
        {
            EnterCgroups(plan, spec.Process, inputs);
            EnterContainer(plan, spec, inputs);
            Reset(plan, spec.ContainerId, spec.Process);
            Become(plan, spec.Process, inputs);
            plan.Validate();
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>
    /// With nothing of the monitor's in hand but the way in, and then without that too: from <see cref="LaunchPlan.CloneSibling"/> on the
    /// process is one that the container's can see (CVE-2016-9962, CVE-2024-21626).
    /// </summary>
    private static void EnterContainer(LaunchPlan plan, ExecSpec spec, LaunchInputs inputs)
    {
        MoveStreams(plan, inputs);
        plan.MoveDescriptor(inputs.Container, ContainerDescriptor);
        plan.CloseDescriptorsFrom(ContainerDescriptor + 1);
        plan.JoinNamespacesOf(ContainerDescriptor, AllKinds);
        plan.CloseDescriptorsFrom(FirstAfterStdioAndPipes);
        plan.CloneSibling();
        plan.NewSession();
        if (spec.Tty)
        {
            plan.ControllingTerminal(0);
        }
    }

    private static void EnterCgroups(LaunchPlan plan, ProcessSpec process, LaunchInputs inputs)
    {
        plan.HideFromDebuggers();
        for (int i = 0; i < inputs.Cgroups.Count; i++)
        {
            plan.WriteFile(inputs.Cgroups[i].Directory + "/cgroup.procs", "0");
        }

        plan.WriteFile("/proc/self/oom_score_adj", process.OomScoreAdjust.ToString(CultureInfo.InvariantCulture));
    }

    private static void MoveStreams(LaunchPlan plan, LaunchInputs inputs)
    {
        plan.MoveDescriptor(inputs.Stdin, 0);
        plan.MoveDescriptor(inputs.Stdout, 1);
        plan.MoveDescriptor(inputs.Stderr, 2);
        plan.MoveStatusPipes();
    }
}
