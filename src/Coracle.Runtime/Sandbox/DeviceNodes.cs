using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The nodes and links of a container's /dev.</summary>
internal static class DeviceNodes
{
    // Octal 0666 and 0755.
    private const int ForEveryone = 0x1B6;
    private const int EmptyFile = 0x1ED;

    private const uint NullMajor = 1;
    private const uint NullMinor = 3;

    private static readonly DeviceNode[] _defaults =
    [
        new("/dev/null", 'c', NullMajor, NullMinor, ForEveryone, 0, 0),
        new("/dev/zero", 'c', 1, 5, ForEveryone, 0, 0),
        new("/dev/full", 'c', 1, 7, ForEveryone, 0, 0),
        new("/dev/random", 'c', 1, 8, ForEveryone, 0, 0),
        new("/dev/urandom", 'c', 1, 9, ForEveryone, 0, 0),
        new("/dev/tty", 'c', 5, 0, ForEveryone, 0, 0),
    ];

    /// <summary>In our own fresh tmpfs at /dev.</summary>
    internal static void MakeDefaults(DirectoryHandle root)
    {
        Make(root, _defaults);
        using DirectoryHandle dev = root.OpenInside("dev"u8);
        dev.MakeSymbolicLink("fd"u8, "/proc/self/fd"u8);
        dev.MakeSymbolicLink("stdin"u8, "/proc/self/fd/0"u8);
        dev.MakeSymbolicLink("stdout"u8, "/proc/self/fd/1"u8);
        dev.MakeSymbolicLink("stderr"u8, "/proc/self/fd/2"u8);
        dev.MakeSymbolicLink("ptmx"u8, "pts/ptmx"u8);
        using DirectoryHandle proc = DirectoryHandle.Open("/proc");
        if (proc.TryStat("kcore"u8, out _)) // a kernel built without it has nothing to link to, and runc makes no link then
        {
            dev.MakeSymbolicLink("core"u8, "/proc/kcore"u8);
        }
    }

    /// <summary>A node that is there already stays: the defaults come first, and an image's own /dev is covered anyway.</summary>
    internal static void Make(DirectoryHandle root, IReadOnlyList<DeviceNode> nodes)
    {
        foreach (DeviceNode node in nodes)
        {
            using DirectoryHandle parent = root.OpenOrCreateParent(Encoding.UTF8.GetBytes(node.Path), out ReadOnlySpan<byte> name);
            if (parent.TryStat(name, out _))
            {
                continue;
            }

            FileKind kind = node.Kind == 'b' ? FileKind.BlockDevice : FileKind.CharacterDevice;
            parent.MakeNode(name, kind, node.Mode, node.Major, node.Minor);
            parent.SetOwner(name, node.Uid, node.Gid);
            parent.SetMode(name, node.Mode); // the umask had a say before
        }
    }

    /// <summary>The container's /dev/null, or the host's when the user has a /dev of his own; seen to be it (CVE-2025-31133).</summary>
    internal static SafeFileHandle PinNull(DirectoryHandle root)
    {
        SafeFileHandle? inside = TryPinNull(root, "dev/null"u8);
        if (inside is not null)
        {
            return inside;
        }

        using DirectoryHandle hostDev = DirectoryHandle.Open("/dev");
        return TryPinNull(hostDev, "null"u8) ?? throw new LinuxException("open", "/dev/null (it is not c 1:3)", Errno.ENODEV);
    }

    /// <summary>With a tty, the terminal also appears as /dev/console.</summary>
    internal static void BindConsole(DirectoryHandle root, SafeFileHandle terminal)
    {
        using DirectoryHandle dev = root.OpenInside("dev"u8);
        if (!dev.Exists("console"))
        {
            dev.CreateNew("console", EmptyFile).Dispose();
        }

        using SafeFileHandle console = dev.PinInside("console"u8);
        Mounts.Bind(MountTree.PathOf(terminal), MountTree.PathOf(console));
    }

    private static SafeFileHandle? TryPinNull(DirectoryHandle directory, ReadOnlySpan<byte> path)
    {
        SafeFileHandle? pinned = null;
        try
        {
            pinned = directory.PinInside(path);
            FileStatus status = OpenFile.Status(pinned);
            if (status.Kind == FileKind.CharacterDevice && status.DeviceMajor == NullMajor && status.DeviceMinor == NullMinor)
            {
                return pinned;
            }
        }
        catch (LinuxException)
        {
            // not there: the host's will do
        }

        pinned?.Dispose();
        return null;
    }
}
