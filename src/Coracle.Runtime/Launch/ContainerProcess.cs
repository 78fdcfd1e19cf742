using System.Runtime.InteropServices;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>Makes a container's first process. For a program with one managed thread: the monitor.</summary>
/// <remarks>
/// The monitor's thread goes into the container's new (or joined) namespaces, mounts there what the container will see, forks the
/// child, and goes home. What is left of the mounts is the child's; a monitor killed at any moment leaves nothing mounted anywhere.
/// </remarks>
public static class ContainerProcess
{
    /// <summary>Everything up to execve.</summary>
    /// <exception cref="LaunchFailedException">Nothing is left of the attempt, but directories made in the writable layer.</exception>
    public static PreparedProcess Prepare(LaunchSpec spec, LaunchSurroundings around)
    {
        if (spec.Process.Arguments.Count == 0)
        {
            throw new LaunchFailedException(LaunchFailureKind.Other, "no command specified");
        }

        try
        {
            using MountTree? sharedMemory = TakeSharedMemory(spec.SharedMemoryOf);
            using var visit = new NamespaceVisit();
            EnterNamespaces(visit, spec.Isolation);
            Sysctls.Apply(spec.Isolation.Sysctls);
            using SandboxRoot root = SandboxRoot.Assemble(spec, around, sharedMemory);
            return Fork(spec, around, root);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.InitFailure(failure);
        }
    }

    /// <summary>A mount can be copied only where it is.</summary>
    private static MountTree? TakeSharedMemory(string mountNamespace)
    {
        if (mountNamespace.Length == 0)
        {
            return null;
        }

        using SafeFileHandle space = NamespaceVisit.Open(mountNamespace);
        using var visit = new NamespaceVisit();
        visit.Join(space, NamespaceKinds.Mount);
        return MountTree.Clone("/dev/shm", recursive: false);
    }

    private static PreparedProcess Fork(LaunchSpec spec, LaunchSurroundings around, SandboxRoot root)
    {
        ContainerUser user = root.FindUser(spec.Process);
        IReadOnlyList<string> environment = ProgramSearch.Complete(spec.Process.Environment, user.Home);
        IReadOnlyList<string> candidates = ProgramSearch.Candidates(spec.Process.Arguments[0], environment);
        var words = new LaunchWords(spec.Process.Arguments[0], candidates);
        try
        {
            LaunchInputs inputs = Gather(spec, around, root, user, candidates, environment);
            using LaunchPlan plan = LaunchPlanner.Write(spec, inputs);
            LaunchedChild child = plan.Start(newPidNamespace: spec.Isolation.Pid.Mode == NamespaceMode.Private);
            return new PreparedProcess(child, root.Terminal?.Master, words);
        }
        catch (LaunchStepException failure)
        {
            root.Terminal?.Master.Dispose();
            throw words.Explain(failure);
        }
    }

    private static LaunchInputs Gather(
        LaunchSpec spec, LaunchSurroundings around, SandboxRoot root, ContainerUser user, IReadOnlyList<string> candidates,
        IReadOnlyList<string> environment)
    {
        var trees = new List<SafeHandle>();
        root.Volumes.CollectInProc(trees);
        var volumes = new List<int>();
        foreach (SafeHandle tree in trees)
        {
            volumes.Add(Raise(root, tree));
        }

        return new LaunchInputs
        {
            Cgroups = around.Cgroups,
            Stdin = Stream(root, root.Terminal?.Terminal ?? around.Stdin, user),
            Stdout = Stream(root, root.Terminal?.Terminal ?? around.Stdout, user),
            Stderr = Stream(root, root.Terminal?.Terminal ?? around.Stderr, user),
            Root = root.Root.Descriptor,
            NullDevice = Raise(root, root.NullDevice),
            PidNamespace = spec.Isolation.Pid.Mode == NamespaceMode.Join ? OpenPidNamespace(root, spec.Isolation.Pid.Path) : -1,
            Volumes = root.Volumes,
            VolumesInProc = volumes,
            User = user,
            Candidates = candidates,
            Environment = environment,
            Grantable = CapabilitySet.Grantable,
            PlanCgroupMounts = plan => PlanCgroups(plan, root, spec, around),
        };
    }

    private static void EnterNamespaces(NamespaceVisit visit, IsolationSpec isolation)
    {
        NamespaceKinds fresh = NamespaceKinds.Mount
            | (isolation.Network.Mode == NamespaceMode.Private ? NamespaceKinds.Network : 0)
            | (isolation.Ipc.Mode == NamespaceMode.Private ? NamespaceKinds.Ipc : 0)
            | (isolation.Uts.Mode == NamespaceMode.Private ? NamespaceKinds.Uts : 0);
        Join(visit, isolation.Network, NamespaceKinds.Network);
        Join(visit, isolation.Ipc, NamespaceKinds.Ipc);
        Join(visit, isolation.Uts, NamespaceKinds.Uts);
        visit.Unshare(fresh);
        if (isolation.Network.Mode == NamespaceMode.Private)
        {
            HostIdentity.BringLoopbackUp();
        }

        // Only a namespace of its own: the host's name is not the container's to change.
        if (isolation.Uts.Mode == NamespaceMode.Private)
        {
            HostIdentity.SetHostname(isolation.Hostname);
            HostIdentity.SetDomainname(isolation.Domainname);
        }
    }

    private static void Join(NamespaceVisit visit, NamespaceChoice choice, NamespaceKinds kind)
    {
        if (choice.Mode == NamespaceMode.Join)
        {
            using SafeFileHandle space = NamespaceVisit.Open(choice.Path);
            visit.Join(space, kind);
        }
    }

    private static int Stream(SandboxRoot root, SafeFileHandle? stream, ContainerUser user)
    {
        ArgumentNullException.ThrowIfNull(stream);
        GiveStream(stream, user);
        return Raise(root, stream);
    }

    /// <summary>The user may open its own /dev/stdout again; /dev/null is nobody's (runc: fixStdioPermissions).</summary>
    internal static void GiveStream(SafeFileHandle stream, ContainerUser user)
    {
        FileStatus status = OpenFile.Status(stream);
        bool isNull = status is { Kind: FileKind.CharacterDevice, DeviceMajor: 1, DeviceMinor: 3 };
        if (!isNull && status.Uid != user.Uid)
        {
            TrySetOwner(stream, user.Uid);
        }
    }

    private static void TrySetOwner(SafeFileHandle stream, uint uid)
    {
        const uint KeepGroup = uint.MaxValue;
        try
        {
            OpenFile.SetOwner(stream, uid, KeepGroup);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EPERM or Errno.EROFS or Errno.EINVAL)
        {
            // A stream of somebody else's keeps its owner.
        }
    }

    /// <summary>A duplicate out of the way of the numbers that the child moves things to.</summary>
    private static int Raise(SandboxRoot root, SafeHandle handle)
    {
        SafeFileHandle raised = LaunchPlan.Raise(handle);
        root.Hold(raised);
        return (int)raised.DangerousGetHandle();
    }

    private static int OpenPidNamespace(SandboxRoot root, string path)
    {
        using SafeFileHandle space = NamespaceVisit.Open(path);
        return Raise(root, space);
    }

    private static void PlanCgroups(LaunchPlan plan, SandboxRoot root, LaunchSpec spec, LaunchSurroundings around)
    {
        var pinned = new List<DirectoryHandle>();
        CgroupView.PlanMount(plan, root.Root, spec, around.Cgroups, pinned);
        foreach (DirectoryHandle target in pinned)
        {
            root.Hold(target);
        }
    }
}
