using System.Text;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What Docker mounts into every container, unless the user mounts something of his own there.</summary>
/// <remarks>Without /proc: that one is mounted by the process itself, inside its PID namespace.</remarks>
internal static class DefaultMounts
{
    internal const MountFlags NoSuidExecDev = MountFlags.NoSetuid | MountFlags.NoExecute | MountFlags.NoDevices;

    private const string Dev = "/dev";

    /// <summary>In the order of mounting. The calling thread is in the container's network and IPC namespaces: sysfs and mqueue show theirs.</summary>
    internal static void Mount(DirectoryHandle root, LaunchSpec spec, UserTargets taken)
    {
        RequireOrdinaryDirectory(root, "proc");
        RequireOrdinaryDirectory(root, "sys");
        RequireOrdinaryDirectory(root, "dev");

        bool ownDev = !taken.Contains(Dev);
        if (ownDev)
        {
            MountOne(root, Dev, "tmpfs", "tmpfs", MountFlags.NoSetuid | MountFlags.StrictAccessTime, "mode=755,size=65536k");
        }

        Unless(taken, root, "/dev/pts", "devpts", MountFlags.NoSetuid | MountFlags.NoExecute, "newinstance,ptmxmode=0666,mode=0620,gid=5");
        MountFlags sys = spec.Isolation.Privileged ? NoSuidExecDev : NoSuidExecDev | MountFlags.ReadOnly;
        Unless(taken, root, "/sys", "sysfs", sys, "");
        Unless(taken, root, "/dev/mqueue", "mqueue", NoSuidExecDev, "");
        if (!taken.Contains("/dev/shm") && spec.SharedMemoryOf.Length == 0 && spec.Isolation.ShmSize >= 0)
        {
            MountOne(root, "/dev/shm", "shm", "tmpfs", NoSuidExecDev, $"mode=1777,size={spec.Isolation.ShmSize}");
        }

        if (ownDev)
        {
            DeviceNodes.MakeDefaults(root);
        }

        DeviceNodes.Make(root, spec.Isolation.Devices);
    }

    /// <summary>Made when missing; an image's link there is followed inside the root.</summary>
    internal static void MountOne(DirectoryHandle root, string target, string source, string type, MountFlags flags, string data)
    {
        using DirectoryHandle directory = root.OpenOrCreateInside(Encoding.UTF8.GetBytes(target));
        Mounts.Mount(source, directory.ProcPath, type, flags, data);
    }

    private static void Unless(UserTargets taken, DirectoryHandle root, string target, string type, MountFlags flags, string data)
    {
        if (!taken.Contains(target))
        {
            MountOne(root, target, type, type, flags, data);
        }
    }

    /// <summary>An image that has a link here would have our mounts, and the masks over them, land elsewhere (CVE-2019-16884, 2023-27561).</summary>
    private static void RequireOrdinaryDirectory(DirectoryHandle root, string name)
    {
        if (root.TryStat(name, out FileStatus status) && !status.IsDirectory)
        {
            throw LaunchWords.InitFailure(Errno.EINVAL, $"filesystem \"{name}\" must be mounted on ordinary directory");
        }
    }
}
