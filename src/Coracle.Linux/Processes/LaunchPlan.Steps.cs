namespace Coracle.Linux;

// The steps up to the point where the child is inside its own root with nothing of the monitor's.
public sealed unsafe partial class LaunchPlan
{
    /// <summary>PR_SET_DUMPABLE 0: from the moment a foreign process could see the child, none may look into it.</summary>
    public void HideFromDebuggers() => Add(LaunchStepKind.HideFromDebuggers);

    /// <param name="path">In the monitor's mounts; a kernel file.</param>
    public void WriteFile(string path, string content)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.WriteFile, $"{path} {content}");
        step.Text = Text(path);
        step.OtherText = Text(content);
        step.Number = (ulong)content.Length;
    }

    /// <param name="fd">Open for writing, e.g. a cgroup.procs, to which "0" moves the writer.</param>
    /// <param name="name">What the descriptor is, in words.</param>
    public void WriteFile(int fd, string name, string content)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.WriteFile, $"{name} {content}");
        step.Fd = fd;
        step.OtherText = Text(content);
        step.Number = (ulong)content.Length;
    }

    public void UnshareNamespaces(NamespaceKinds kind) => Add(LaunchStepKind.UnshareNamespaces, NamespaceVisit.NameOf(kind)).Number = (ulong)kind;

    /// <param name="fd">The file or directory to mount on.</param>
    public void MountOn(int fd, string name, string type, MountFlags flags, string data = "")
    {
        ref LaunchStep step = ref Add(LaunchStepKind.MountOn, $"{type} on {name} ({(uint)flags:x}{(data.Length == 0 ? "" : ", " + data)})");
        step.Fd = fd;
        step.Text = Text(type);
        step.OtherText = Text(data);
        step.Number = (ulong)flags;
    }

    /// <summary>dup3; 0, 1 and 2 are for the program, others are closed by execve.</summary>
    public void MoveDescriptor(int from, int to)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.MoveDescriptor, $"to {to}");
        step.Fd = from;
        step.OtherFd = to;
        step.Number = to <= 2 ? 0u : Abi.O_CLOEXEC;
    }

    /// <summary>The child's own two pipes to 3 and 4.</summary>
    public void MoveStatusPipes() => Add(LaunchStepKind.MoveStatusPipes);

    /// <param name="root">A descriptor of the mounted root file system.</param>
    public void PivotRoot(int root) => Add(LaunchStepKind.PivotRoot).Fd = root;

    public void CloseDescriptorsFrom(int first)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.CloseDescriptorsFrom, $"{first}");
        step.Fd = first;
        rlimit64 limit;
        step.Number = ChildCalls.prlimit64(0, RlimitNoFile, null, &limit) == 0 ? Math.Min(limit.rlim_cur, MaxDescriptors) : MaxDescriptors;
    }

    public void JoinNamespace(int fd, NamespaceKinds kind)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.JoinNamespace, NamespaceVisit.NameOf(kind));
        step.Fd = fd;
        step.Number = (ulong)kind;
    }

    /// <summary>Several at once, those of a process (Linux 5.8): root and working directory become its mount namespace's.</summary>
    /// <param name="pidFd">Of the process.</param>
    public void JoinNamespacesOf(int pidFd, NamespaceKinds kinds)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.JoinNamespace, $"of the container ({(uint)kinds:x})");
        step.Fd = pidFd;
        step.Number = (ulong)kinds;
    }

    /// <summary>After a PID namespace was joined: the one who walks on is a new process inside it, and a child of the monitor.</summary>
    public void CloneSibling() => Add(LaunchStepKind.CloneSibling);

    public void NewSession() => Add(LaunchStepKind.NewSession);

    /// <param name="fd">A terminal's descriptor; the process must lead its session.</param>
    public void ControllingTerminal(int fd) => Add(LaunchStepKind.ControllingTerminal).Fd = fd;

    /// <summary>On /proc of the new root, which must be a directory.</summary>
    public void MountProc(MountFlags flags) => Add(LaunchStepKind.MountProc, $"({(uint)flags:x})").Number = (ulong)flags;

    /// <param name="tree">A detached mount (<see cref="MountTree.Clone"/>).</param>
    /// <param name="path">Below /proc, without a leading slash.</param>
    public void BindInProc(int tree, string path, bool readOnly)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.BindInProc, path);
        step.Number = readOnly ? (ulong)(Abi.MS_BIND | Abi.MS_REMOUNT | Abi.MS_RDONLY) : 0;
        step.Fd = tree;
        step.Text = Text(path);
    }

    /// <param name="nullDevice">A descriptor of a node that is c 1:3.</param>
    /// <param name="path">Below /proc, without a leading slash; nothing happens when it is not there.</param>
    public void MaskInProc(int nullDevice, string path)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.MaskInProc, path);
        step.Fd = nullDevice;
        step.Text = Text(path);
    }

    /// <param name="path">Below /proc, without a leading slash; nothing happens when it is not there.</param>
    /// <param name="flags">Of the proc mount, to be kept.</param>
    public void ReadOnlyInProc(string path, MountFlags flags)
    {
        ref LaunchStep step = ref Add(LaunchStepKind.ReadOnlyInProc, path);
        step.Text = Text(path);
        step.Number = (ulong)flags;
    }

    /// <param name="flags">Those that the root is mounted with already, to be kept.</param>
    public void ReadOnlyRoot(MountFlags flags) => Add(LaunchStepKind.ReadOnlyRoot).Number = (ulong)flags;

    /// <summary>asm-generic/resource.h; the same on the three ports.</summary>
    private const int RlimitNoFile = 7;

    /// <summary>How far descriptors are closed one by one on a kernel without close_range; a monitor has a few hundred at most.</summary>
    private const ulong MaxDescriptors = 65536;
}
