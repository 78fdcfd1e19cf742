using System.Runtime.InteropServices;
using System.Text;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// The user's own mounts. Sources are copied as detached trees while the thread still sees the host's mounts in their peer groups;
/// then the namespace is cut off; then the trees are attached, each to a target that was looked up inside the root and is held open
/// (CVE-2021-30465).
/// </summary>
internal sealed class VolumeMounts : IDisposable
{
    // Octal 0755: what runc gives a file that it makes to mount on.
    private const int TargetFileMode = 0x1ED;

    // What lxcfs and its like replace, as in runc; everything else in /proc is ours.
    private static readonly string[] _allowedInProc =
    [
        "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev", "sys/kernel/ns_last_pid",
        "sys/crypto/fips_enabled",
    ];

    private readonly List<MountTree> _trees = [];
    private readonly IReadOnlyList<BindMount> _binds;

    private VolumeMounts(IReadOnlyList<BindMount> binds) => _binds = binds;

    /// <summary>Before the namespace is cut off.</summary>
    internal static VolumeMounts Take(LaunchSpec spec)
    {
        var volumes = new VolumeMounts(spec.Binds);
        try
        {
            foreach (BindMount bind in spec.Binds)
            {
                volumes.TakeOne(bind);
            }

            return volumes;
        }
        catch
        {
            volumes.Dispose();
            throw;
        }
    }

    /// <summary>After the default mounts: the shorter targets first, so that nothing is mounted below what a later mount covers.</summary>
    internal void Attach(DirectoryHandle root, IReadOnlyList<TmpfsMount> tmpfs)
    {
        int deepest = 0;
        foreach (string target in Targets(tmpfs))
        {
            deepest = Math.Max(deepest, Depth(target));
        }

        for (int depth = 1; depth <= deepest; depth++)
        {
            AttachAt(depth, root, tmpfs);
        }
    }

    private void AttachAt(int depth, DirectoryHandle root, IReadOnlyList<TmpfsMount> tmpfs)
    {
        for (int i = 0; i < tmpfs.Count; i++)
        {
            if (Depth(tmpfs[i].Target) == depth)
            {
                MountTmpfs(root, tmpfs[i]);
            }
        }

        for (int i = 0; i < _binds.Count; i++)
        {
            if (Depth(_binds[i].Target) == depth && NameInProc(_binds[i]) is null)
            {
                AttachOne(root, _binds[i], _trees[i]);
            }
        }
    }

    private List<string> Targets(IReadOnlyList<TmpfsMount> tmpfs)
    {
        var targets = new List<string>();
        for (int i = 0; i < tmpfs.Count; i++)
        {
            targets.Add(tmpfs[i].Target);
        }

        for (int i = 0; i < _binds.Count; i++)
        {
            targets.Add(_binds[i].Target);
        }

        return targets;
    }

    /// <summary>Components of the clean path; at least 1, so that a mount on "/" is tried, and refused by the kernel.</summary>
    private static int Depth(string target) => ContainerPath.Clean(target).AsSpan().Count('/');

    /// <summary>Those below /proc, which the child attaches once it has mounted it.</summary>
    internal void PlanInProc(LaunchPlan plan, int firstDescriptor)
    {
        for (int i = 0; i < _binds.Count; i++)
        {
            if (NameInProc(_binds[i]) is { } name)
            {
                plan.BindInProc(firstDescriptor++, name, _binds[i].ReadOnly);
            }
        }
    }

    /// <summary>The trees for <see cref="PlanInProc"/>, in its order.</summary>
    internal void CollectInProc(List<SafeHandle> trees)
    {
        for (int i = 0; i < _binds.Count; i++)
        {
            if (NameInProc(_binds[i]) is not null)
            {
                trees.Add(_trees[i]);
            }
        }
    }

    internal static void MountTmpfs(DirectoryHandle root, TmpfsMount tmpfs)
    {
        var options = TmpfsOptions.Parse(tmpfs.Options);
        try
        {
            RefuseProc(tmpfs.Target, tmpfs.Target);
            DefaultMounts.MountOne(root, tmpfs.Target, "tmpfs", "tmpfs", options.Flags, options.Data);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.MountFailure("tmpfs", tmpfs.Target, failure);
        }
    }

    public void Dispose()
    {
        foreach (MountTree tree in _trees)
        {
            tree.Dispose();
        }
    }

    private void TakeOne(BindMount bind)
    {
        try
        {
            _trees.Add(bind.Subpath.Length == 0 ? MountTree.Clone(bind.Source, bind.Recursive) : TakePart(bind));
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.MountFailure(bind.Source, bind.Target, failure);
        }
    }

    /// <summary>Found inside the volume, whatever links a container has put there, and held while it is copied.</summary>
    private static MountTree TakePart(BindMount bind)
    {
        using DirectoryHandle source = DirectoryHandle.Open(bind.Source);
        try
        {
            using SafeHandle part = source.PinInside(Encoding.UTF8.GetBytes(bind.Subpath));
            return MountTree.Clone(MountTree.PathOf(part), bind.Recursive);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.InitFailure(
                Errno.EINVAL, $"cannot access path {bind.Source}/{bind.Subpath}: {ErrnoWords.Of(failure.Errno)}"); // not "program not found"
        }
    }

    private static void AttachOne(DirectoryHandle root, BindMount bind, MountTree tree)
    {
        RefuseProc(bind.Source, bind.Target);
        try
        {
            using SafeHandle target = PinTarget(root, bind.Target, tree.IsDirectory);
            RefuseProcOf(root, target, bind);
            if (MountTree.IsDirectoryAt(target) != tree.IsDirectory)
            {
                throw new LinuxException("mount", bind.Target, Errno.ENOTDIR); // move_mount would say EINVAL
            }

            tree.AttachTo(target);
            Propagate(tree, bind.Propagation);
            if (bind.ReadOnly)
            {
                tree.MakeReadOnly(bind.Recursive && bind.Reach != ReadOnlyReach.Itself, bind.Reach == ReadOnlyReach.Everything);
            }
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.MountFailure(bind.Source, bind.Target, failure);
        }
    }

    /// <summary>The tree was taken from among its peers: shared stays there, a slave goes on listening to them.</summary>
    private static void Propagate(MountTree tree, MountPropagation propagation) => tree.SetPropagation(MountFlags.Recursive | propagation switch
    {
        MountPropagation.Shared => MountFlags.Shared,
        MountPropagation.Slave => MountFlags.Slave,
        _ => MountFlags.Private,
    });

    /// <summary>A missing target is made as what its source is.</summary>
    private static SafeHandle PinTarget(DirectoryHandle root, string target, bool directory)
    {
        byte[] path = Encoding.UTF8.GetBytes(target);
        if (directory)
        {
            return root.OpenOrCreateInside(path);
        }

        using (DirectoryHandle parent = root.OpenOrCreateParent(path, out ReadOnlySpan<byte> name))
        {
            if (!parent.TryStat(name, out _))
            {
                parent.CreateNew(name, TargetFileMode).Dispose();
            }
        }

        return root.PinInside(path);
    }

    private static string? NameInProc(BindMount bind)
    {
        string target = ContainerPath.Clean(bind.Target);
        foreach (string name in _allowedInProc)
        {
            if (target.Length == name.Length + "/proc/".Length && target.StartsWith("/proc/", StringComparison.Ordinal)
                && target.EndsWith(name, StringComparison.Ordinal))
            {
                return name;
            }
        }

        return null;
    }

    private static void RefuseProc(string source, string target)
    {
        if (ContainerPath.IsWithin(ContainerPath.Clean(target), "/proc"))
        {
            throw LaunchWords.InitFailure(
                Errno.EINVAL, $"error mounting \"{source}\" to rootfs at \"{target}\": \"{target}\" cannot be mounted because it is inside /proc");
        }
    }

    /// <summary>A link in the image may lead there, too: what counts is where the handle is.</summary>
    private static void RefuseProcOf(DirectoryHandle root, SafeHandle target, BindMount bind)
    {
        string top = MountTree.TargetOf(root);
        if (ContainerPath.IsWithin(MountTree.TargetOf(target), top + "/proc"))
        {
            RefuseProc(bind.Source, "/proc");
        }
    }
}
