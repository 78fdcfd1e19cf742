using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Coracle.Linux;

/// <summary>One cgroup by one path, in every tree of the machine at once. Holds nothing open.</summary>
/// <remarks>
/// Paths are joined as strings here: cgroupfs has no links, and the path is the engine's. Used in the monitor: no threads, no
/// closures, nothing but small strings.
/// </remarks>
public sealed partial class Cgroup
{
    /// <summary>Octal 0755.</summary>
    private const int DirectoryMode = 0x1ED;

    private Cgroup(CgroupHierarchies hierarchies, string path)
    {
        Hierarchies = hierarchies;
        Path = path;
    }

    public CgroupHierarchies Hierarchies { get; }

    /// <summary>Below every mount point, without slashes at its ends.</summary>
    public string Path { get; }

    /// <summary>An existing one, or one that may exist.</summary>
    public static Cgroup At(CgroupHierarchies hierarchies, string path) => new(hierarchies, Checked(path));

    /// <summary>
    /// Makes it, with its parents, wherever it is missing. Parents in the unified tree hand their controllers down; a new v1 cpuset gets
    /// its parent's CPUs and memory nodes, without which nothing can run in it. On failure what was made is removed again.
    /// </summary>
    public static Cgroup Create(CgroupHierarchies hierarchies, string path)
    {
        var cgroup = new Cgroup(hierarchies, Checked(path));
        try
        {
            foreach (CgroupHierarchy hierarchy in hierarchies.All)
            {
                Make(hierarchy, cgroup.Path, hierarchy.Controllers);
            }
        }
        catch (LinuxException)
        {
            cgroup.Delete();
            throw;
        }

        return cgroup;
    }

    /// <summary>The same without controllers, for processes that nothing is to be asked of; its parents are left as they are.</summary>
    public static Cgroup CreateEmpty(CgroupHierarchies hierarchies, string path)
    {
        var cgroup = new Cgroup(hierarchies, Checked(path));
        foreach (CgroupHierarchy hierarchy in hierarchies.All)
        {
            Make(hierarchy, cgroup.Path, CgroupControllers.None);
        }

        return cgroup;
    }

    /// <summary>Whether this machine has the controller at all.</summary>
    public bool Has(CgroupControllers controller) => Hierarchies.Find(controller) is not null;

    /// <summary>Whether the controller speaks v2 here.</summary>
    public bool IsUnified(CgroupControllers controller) => Hierarchies.Find(controller) is { IsUnified: true };

    /// <summary>Whether the controller is here and has this file: kernels are built without parts of a controller.</summary>
    public bool HasFile(CgroupControllers controller, string file)
        => Hierarchies.Find(controller) is { } hierarchy && Exists(In(hierarchy) + "/" + file);

    /// <returns>False when there is no such controller or file.</returns>
    public bool TryRead(CgroupControllers controller, string file, [NotNullWhen(true)] out byte[]? content)
    {
        content = null;
        return Hierarchies.Find(controller) is { } hierarchy && KernelFile.TryRead(In(hierarchy) + "/" + file, out content);
    }

    /// <exception cref="LinuxException">ENOENT when there is no such controller or file; EINVAL when the value is none.</exception>
    public void Write(CgroupControllers controller, string file, string value)
    {
        CgroupHierarchy hierarchy = Hierarchies.Find(controller) ?? throw new LinuxException("cgroup", file, Errno.ENOENT);
        KernelFile.Write(In(hierarchy) + "/" + file, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>Moves a process, with all its threads, here from wherever it was, in every tree.</summary>
    public void AddProcess(int pid)
    {
        byte[] text = Encoding.UTF8.GetBytes(pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (CgroupHierarchy hierarchy in Hierarchies.All)
        {
            KernelFile.Write(In(hierarchy) + "/cgroup.procs", text);
        }
    }

    private string In(CgroupHierarchy hierarchy) => hierarchy.MountPoint + "/" + Path;

    private static string Checked(string path)
    {
        string trimmed = path.Trim('/');
        return trimmed.Length > 0 && !HasDots(trimmed) ? trimmed : throw new LinuxException("cgroup", path, Errno.EINVAL);
    }

    private static bool HasDots(string path)
        => path is "." or ".." || path.StartsWith("../", StringComparison.Ordinal) || path.StartsWith("./", StringComparison.Ordinal)
        || path.EndsWith("/..", StringComparison.Ordinal) || path.EndsWith("/.", StringComparison.Ordinal)
        || path.Contains("/../", StringComparison.Ordinal) || path.Contains("/./", StringComparison.Ordinal);

    /// <param name="handedDown">Of the unified tree, to all below it on the way.</param>
    private static void Make(CgroupHierarchy hierarchy, string path, CgroupControllers handedDown)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); ; slash = path.IndexOf('/', slash + 1))
        {
            string upTo = slash < 0 ? path : path[..slash];
            int above = upTo.LastIndexOf('/');
            string parent = above < 0 ? hierarchy.MountPoint : hierarchy.MountPoint + "/" + upTo[..above];
            if (hierarchy.IsUnified)
            {
                HandDownControllers(parent, handedDown);
            }

            string directory = hierarchy.MountPoint + "/" + upTo;
            MakeDirectory(directory);
            if (!hierarchy.IsUnified && (hierarchy.Controllers & CgroupControllers.Cpuset) != 0)
            {
                InheritCpuset(parent, directory);
            }

            if (slash < 0)
            {
                return;
            }
        }
    }

    /// <summary>Lets every cgroup at the top of this v2 tree have what the top has.</summary>
    /// <returns>False when somebody has come into the top, which then hands nothing down.</returns>
    public static bool TryHandDown(CgroupHierarchy unified)
    {
        HandDownControllers(unified.MountPoint, unified.Controllers);
        return unified.Controllers == CgroupControllers.None
            || (KernelFile.TryRead(unified.MountPoint + "/cgroup.subtree_control", out byte[]? down) && down.Length > 1)
            || !KernelFile.TryRead(unified.MountPoint + "/cgroup.procs", out byte[]? here) || here.Length == 0;
    }

    /// <summary>One by one: the kernel refuses the whole line for one controller that cannot be had, and an engine without it still runs.</summary>
    private static void HandDownControllers(string parent, CgroupControllers controllers)
    {
        string file = parent + "/cgroup.subtree_control";
        HandDown(file, controllers & CgroupControllers.Cpu, "+cpu"u8);
        HandDown(file, controllers & CgroupControllers.Cpuset, "+cpuset"u8);
        HandDown(file, controllers & CgroupControllers.Memory, "+memory"u8);
        HandDown(file, controllers & CgroupControllers.BlockIo, "+io"u8);
        HandDown(file, controllers & CgroupControllers.Pids, "+pids"u8);
    }

    private static void HandDown(string file, CgroupControllers wanted, ReadOnlySpan<byte> order)
    {
        if (wanted == CgroupControllers.None)
        {
            return;
        }

        try
        {
            KernelFile.Write(file, order);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EBUSY or Errno.ENOENT or Errno.EINVAL or Errno.EACCES or Errno.EPERM or Errno.EOPNOTSUPP)
        {
            // Its files will be missing below; whoever asks for the limit is told so then.
        }
    }

    private static void InheritCpuset(string parent, string directory)
    {
        InheritIfEmpty(parent, directory, "/cpuset.cpus");
        InheritIfEmpty(parent, directory, "/cpuset.mems");
    }

    private static void InheritIfEmpty(string parent, string directory, string file)
    {
        if (KernelFile.TryRead(directory + file, out byte[]? own) && own.AsSpan().TrimEnd((byte)'\n').IsEmpty
            && KernelFile.TryRead(parent + file, out byte[]? inherited))
        {
            KernelFile.Write(directory + file, inherited);
        }
    }
}
