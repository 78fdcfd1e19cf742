using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

// Names as bytes: what a layer's tar brings. Opening, making, moving, removing.
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>ENOTDIR when it is a link or a file.</summary>
    public DirectoryHandle OpenDirectory(ReadOnlySpan<byte> name)
        => TryOpenDirectory(name, out DirectoryHandle? directory) ? directory : throw Failure("open", name);

    /// <inheritdoc cref="TryOpenDirectory(string, out DirectoryHandle?)"/>
    public bool TryOpenDirectory(ReadOnlySpan<byte> name, [NotNullWhen(true)] out DirectoryHandle? directory)
    {
        using var self = new Borrowed(this);
        int fd = OpenAt(self.Fd, Leaf(name, stackalloc byte[CText.StackLength]), Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_NOFOLLOW, mode: 0);
        directory = fd >= 0 ? new DirectoryHandle(fd, LabelBelow(name), Resolution) : null;
        return fd >= 0 || (LinuxException.LastErrno == Errno.ENOENT ? false : throw Failure("open", name));
    }

    /// <inheritdoc cref="CreateNew(string, int)"/>
    public SafeFileHandle CreateNew(ReadOnlySpan<byte> name, int mode) => OpenLeaf(name, Abi.O_WRONLY | Abi.O_CREAT | Abi.O_EXCL, mode);

    /// <inheritdoc cref="OpenRead(string)"/>
    public SafeFileHandle OpenRead(ReadOnlySpan<byte> name)
        => TryOpenRead(name, out SafeFileHandle? file) ? file : throw Failure("open", name);

    /// <inheritdoc cref="TryOpenRead(string, out SafeFileHandle?)"/>
    public bool TryOpenRead(ReadOnlySpan<byte> name, [NotNullWhen(true)] out SafeFileHandle? file)
    {
        using var self = new Borrowed(this);
        int fd = OpenAt(self.Fd, Leaf(name, stackalloc byte[CText.StackLength]), ReadFlags, mode: 0);
        file = fd >= 0 ? RegularFile(fd, name) : null;
        return fd >= 0 || (LinuxException.LastErrno == Errno.ENOENT ? false : throw Failure("open", name));
    }

    public FileStatus Stat(ReadOnlySpan<byte> name) => TryStat(name, out FileStatus status) ? status : throw Failure("statx", name);

    /// <inheritdoc cref="TryStat(string, out FileStatus)"/>
    public bool TryStat(ReadOnlySpan<byte> name, out FileStatus status)
    {
        using var self = new Borrowed(this);
        statx raw;
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            if (LibC.statx(self.Fd, cName, Abi.AT_SYMLINK_NOFOLLOW, Abi.STATX_BASIC_STATS, &raw) != 0)
            {
                status = default;
                return LinuxException.LastErrno == Errno.ENOENT ? false : throw Failure("statx", name);
            }
        }

        status = FileStatus.From(raw);
        return true;
    }

    /// <param name="mode">Before the umask; <see cref="SetMode"/> says it exactly.</param>
    public void MakeDirectory(ReadOnlySpan<byte> name, int mode)
    {
        if (!TryMakeDirectory(name, mode))
        {
            throw Failure("mkdir", name);
        }
    }

    /// <returns>False when something of that name exists.</returns>
    public bool TryMakeDirectory(ReadOnlySpan<byte> name, int mode)
    {
        using var self = new Borrowed(this);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            return LibC.mkdirat(self.Fd, cName, (uint)mode) == 0
                || (LinuxException.LastErrno == Errno.EEXIST ? false : throw Failure("mkdir", name));
        }
    }

    /// <param name="kind">A device, fifo, socket or file.</param>
    public void MakeNode(ReadOnlySpan<byte> name, FileKind kind, int mode, uint major, uint minor)
    {
        using var self = new Borrowed(this);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            Check(LibC.mknodat(self.Fd, cName, (uint)(TypeBits(kind) | mode), DeviceNumber(major, minor)), "mknod", name);
        }
    }

    /// <param name="target">Stored as it is; whoever reads the link later must confine it.</param>
    public void MakeSymbolicLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        using var self = new Borrowed(this);
        fixed (byte* cTarget = new CText(target, stackalloc byte[CText.StackLength]),
            cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            Check(LibC.symlinkat(cTarget, self.Fd, cName), "symlink", name);
        }
    }

    /// <summary>A second name for an existing inode (a symbolic link is linked itself, not followed).</summary>
    public void MakeHardLink(ReadOnlySpan<byte> name, DirectoryHandle existingDirectory, ReadOnlySpan<byte> existing)
    {
        using var self = new Borrowed(this);
        using var other = new Borrowed(existingDirectory);
        fixed (byte* cExisting = existingDirectory.Leaf(existing, stackalloc byte[CText.StackLength]),
            cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            Check(LibC.linkat(other.Fd, cExisting, self.Fd, cName, flags: 0), "link", name);
        }
    }

    /// <inheritdoc cref="Rename(string, string)"/>
    public void Rename(ReadOnlySpan<byte> from, DirectoryHandle toDirectory, ReadOnlySpan<byte> to) => Rename(from, toDirectory, to, flags: 0);

    /// <inheritdoc cref="Exchange(string, DirectoryHandle, string)"/>
    public void Exchange(ReadOnlySpan<byte> name, DirectoryHandle otherDirectory, ReadOnlySpan<byte> other)
        => Rename(name, otherDirectory, other, Abi.RENAME_EXCHANGE);

    public void RemoveFile(ReadOnlySpan<byte> name)
    {
        if (!RemoveIfPresent(name))
        {
            throw Failure("unlink", name);
        }
    }

    /// <inheritdoc cref="RemoveIfPresent(string)"/>
    public bool RemoveIfPresent(ReadOnlySpan<byte> name) => Unlink(name, flags: 0);

    /// <inheritdoc cref="RemoveDirectory(string)"/>
    public void RemoveDirectory(ReadOnlySpan<byte> name)
    {
        if (!Unlink(name, Abi.AT_REMOVEDIR))
        {
            throw Failure("rmdir", name);
        }
    }

    /// <summary>The entries, with a descriptor of its own: the reader's place is not shared with anybody.</summary>
    public DirectoryReader ReadEntries()
    {
        using var self = new Borrowed(this);
        int fd = OpenAt(self.Fd, new CText("."u8, stackalloc byte[2]), Abi.O_RDONLY | Abi.O_DIRECTORY, mode: 0);
        return fd >= 0 ? new DirectoryReader(new SafeFileHandle(fd, ownsHandle: true), _label) : throw Failure("open", "."u8);
    }

    /// <summary>Neither a fifo nor a terminal can hold us up or become ours.</summary>
    private static int ReadFlags => Abi.O_RDONLY | Abi.O_NOFOLLOW | Abi.O_NONBLOCK | Abi.O_NOCTTY;

    private SafeFileHandle OpenLeaf(ReadOnlySpan<byte> name, int flags, int mode)
    {
        using var self = new Borrowed(this);
        int fd = OpenAt(self.Fd, Leaf(name, stackalloc byte[CText.StackLength]), flags | Abi.O_NOFOLLOW | Abi.O_NOCTTY, mode);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure("open", name);
    }

    private SafeFileHandle RegularFile(int fd, ReadOnlySpan<byte> name)
    {
        var file = new SafeFileHandle(fd, ownsHandle: true);
        if (StatusOf(fd, _label).IsRegularFile)
        {
            return file;
        }

        file.Dispose();
        throw new LinuxException("open", _label + "/" + System.Text.Encoding.UTF8.GetString(name) + " (not a regular file)", Errno.EINVAL);
    }

    private void Rename(ReadOnlySpan<byte> from, DirectoryHandle toDirectory, ReadOnlySpan<byte> to, int flags)
    {
        using var self = new Borrowed(this);
        using var other = new Borrowed(toDirectory);
        fixed (byte* cFrom = Leaf(from, stackalloc byte[CText.StackLength]),
            cTo = toDirectory.Leaf(to, stackalloc byte[CText.StackLength]))
        {
            Check(LibC.renameat2(self.Fd, cFrom, other.Fd, cTo, (uint)flags), "rename", from);
        }
    }

    /// <returns>False on ENOENT.</returns>
    private bool Unlink(ReadOnlySpan<byte> name, int flags)
    {
        using var self = new Borrowed(this);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            return LibC.unlinkat(self.Fd, cName, flags) == 0
                || (LinuxException.LastErrno == Errno.ENOENT ? false : throw Failure(flags == 0 ? "unlink" : "rmdir", name));
        }
    }

    private void Check(int result, string call, ReadOnlySpan<byte> name)
    {
        if (result != 0)
        {
            throw Failure(call, name);
        }
    }

    private string LabelBelow(ReadOnlySpan<byte> name) => _label + "/" + System.Text.Encoding.UTF8.GetString(name);

    private static int TypeBits(FileKind kind) => kind switch
    {
        FileKind.CharacterDevice => Abi.S_IFCHR,
        FileKind.BlockDevice => Abi.S_IFBLK,
        FileKind.Fifo => Abi.S_IFIFO,
        FileKind.Socket => Abi.S_IFSOCK,
        FileKind.File => Abi.S_IFREG,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>glibc's makedev: 12 and 20 low bits as the kernel has always had them, the rest above.</summary>
    internal static ulong DeviceNumber(uint major, uint minor)
        => ((ulong)(major & 0xFFFFF000) << 32) | ((ulong)(major & 0xFFF) << 8) | ((ulong)(minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
}
