using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

// Paths of several components from an image or a client. This directory is their root: a leading slash means it, ".." stops at it,
// links are resolved inside it, and the links of /proc that jump anywhere are refused.
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>Octal 0755: what Moby gives the parents that a tar does not name.</summary>
    private const int MissingParentMode = 0x1ED;

    /// <summary>The directory in which the path's last component stands; links on the way are followed inside this root.</summary>
    /// <param name="path">From an untrusted source. Slashes at its ends, empty and "." components mean nothing.</param>
    /// <param name="leaf">The last component; EINVAL when there is none or it is "..". A slice of <paramref name="path"/>.</param>
    /// <exception cref="LinuxException">ENOENT, ENOTDIR, ELOOP, EXDEV, …</exception>
    public DirectoryHandle OpenParent(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> leaf)
        => OpenInside(ParentOf(path, out leaf));

    /// <summary>The same, making missing directories 0755 and root's.</summary>
    public DirectoryHandle OpenOrCreateParent(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> leaf)
        => OpenOrCreateInside(ParentOf(path, out leaf));

    /// <summary>A directory below this root, by a path; the empty path is the root itself.</summary>
    public DirectoryHandle OpenInside(ReadOnlySpan<byte> path)
        => TryOpenInside(path, out DirectoryHandle? directory) ? directory : throw Failure("open", path);

    /// <returns>False when a component is missing (ENOENT).</returns>
    public bool TryOpenInside(ReadOnlySpan<byte> path, [NotNullWhen(true)] out DirectoryHandle? directory)
    {
        int fd = Resolve(path, Abi.O_RDONLY | Abi.O_DIRECTORY);
        directory = fd >= 0 ? new DirectoryHandle(fd, _label, Resolution) : null;
        return fd >= 0 || (LinuxException.LastErrno == Errno.ENOENT ? false : throw Failure("open", path));
    }

    /// <summary><see cref="OpenInside"/>, making what is missing 0755 and root's. A dangling link on the way is ENOENT.</summary>
    public DirectoryHandle OpenOrCreateInside(ReadOnlySpan<byte> path)
    {
        if (TryOpenInside(path, out DirectoryHandle? there))
        {
            return there;
        }

        // Every prefix is resolved from the root again: what ".." and links mean is decided in one place only.
        DirectoryHandle current = OpenInside([]);
        for (int end = 0; end < path.Length;)
        {
            int start = end;
            int slash = path[start..].IndexOf((byte)'/');
            end = slash < 0 ? path.Length : start + slash + 1;
            DirectoryHandle next = current.OpenOrCreateNext(this, path[..end], path[start..end].TrimEnd((byte)'/'));
            if (!ReferenceEquals(next, current))
            {
                current.Dispose();
            }

            current = next;
        }

        return current;
    }

    /// <summary>A regular file below this root, links followed inside it: <c>/etc/passwd</c> of an image.</summary>
    /// <returns>False when it or a directory on the way is missing. Anything but a regular file is EINVAL and is not opened.</returns>
    public bool TryOpenReadInside(ReadOnlySpan<byte> path, [NotNullWhen(true)] out SafeFileHandle? file)
    {
        // O_PATH first: opening a device or a fifo has effects, looking at it has none.
        int pinned = Resolve(path, Abi.O_PATH);
        if (pinned < 0)
        {
            file = null;
            return LinuxException.LastErrno is Errno.ENOENT or Errno.ENOTDIR ? false : throw Failure("open", path);
        }

        using var guard = new SafeFileHandle(pinned, ownsHandle: true);
        if (!StatusOf(pinned, _label).IsRegularFile)
        {
            throw new LinuxException("open", LabelBelow(path) + " (not a regular file)", Errno.EINVAL);
        }

        Span<byte> procPath = stackalloc byte[ProcNameLength];
        WriteProcPath(procPath, pinned, []);
        int fd = OpenAt(Abi.AT_FDCWD, new CText(procPath[..procPath.IndexOf((byte)0)], stackalloc byte[CText.StackLength]), Abi.O_RDONLY, mode: 0);
        file = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure("open", path);
        return true;
    }

    /// <summary>An O_PATH descriptor of whatever is at the path (its final link followed): for mounts and stats.</summary>
    public SafeFileHandle PinInside(ReadOnlySpan<byte> path)
    {
        int fd = Resolve(path, Abi.O_PATH);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure("open", path);
    }

    private DirectoryHandle OpenOrCreateNext(DirectoryHandle root, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> component)
    {
        if (component.IsEmpty || component.SequenceEqual("."u8))
        {
            return this;
        }

        if (root.TryOpenInside(prefix, out DirectoryHandle? next))
        {
            return next;
        }

        bool made = TryMakeDirectory(component, MissingParentMode);
        next = root.OpenInside(prefix);
        if (made)
        {
            SetAsMoby(next);
        }

        return next;
    }

    /// <summary>Said outright, since a setgid parent and the umask would decide otherwise.</summary>
    private static void SetAsMoby(DirectoryHandle directory)
    {
        using var self = new Borrowed(directory);
        if (LibC.fchown(self.Fd, 0, 0) != 0 && LinuxException.LastErrno != Errno.EPERM)
        {
            throw LinuxException.FromLastError("fchown", directory._label);
        }

        if (LibC.fchmod(self.Fd, MissingParentMode) != 0)
        {
            throw LinuxException.FromLastError("fchmod", directory._label);
        }
    }

    private static ReadOnlySpan<byte> ParentOf(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> leaf)
    {
        ReadOnlySpan<byte> trimmed = path.TrimEnd((byte)'/');
        while (trimmed.EndsWith("/."u8))
        {
            trimmed = trimmed[..^2].TrimEnd((byte)'/');
        }

        int slash = trimmed.LastIndexOf((byte)'/');
        leaf = trimmed[(slash + 1)..];
        if (leaf.IsEmpty || leaf.SequenceEqual("."u8) || leaf.SequenceEqual(".."u8))
        {
            throw new LinuxException("path", System.Text.Encoding.UTF8.GetString(path), Errno.EINVAL);
        }

        return trimmed[..(slash + 1)];
    }

    /// <returns>A descriptor, or -1 with errno.</returns>
    private int Resolve(ReadOnlySpan<byte> path, int flags)
    {
        using var self = new Borrowed(this);
        return Resolution == PathResolution.BestOfKernel && OpenAt2.Exists
            ? OpenAt2.OpenInRoot(self.Fd, path, flags)
            : ConfinedWalk.Open(self.Fd, path, flags);
    }
}
