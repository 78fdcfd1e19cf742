using System.Buffers.Text;

namespace Coracle.Linux;

// Owner, mode, times and extended attributes of a name; a symbolic link's own, never its target's.
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>"/proc/self/fd/", ten digits, a slash, a name, the terminator.</summary>
    private const int ProcNameLength = 14 + 10 + 1 + 255 + 1;

    /// <summary>Clears setuid and setgid of files: set the owner before the mode.</summary>
    public void SetOwner(ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        using var self = new Borrowed(this);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            Check(LibC.fchownat(self.Fd, cName, uid, gid, Abi.AT_SYMLINK_NOFOLLOW), "chown", name);
        }
    }

    /// <param name="mode">Twelve bits, exactly: the umask has no say. EOPNOTSUPP for a symbolic link.</param>
    public void SetMode(ReadOnlySpan<byte> name, int mode)
    {
        // fchmodat knows AT_SYMLINK_NOFOLLOW only from Linux 6.6 on; an O_PATH descriptor pins the inode on every kernel.
        using var self = new Borrowed(this);
        int fd = OpenAt(self.Fd, Leaf(name, stackalloc byte[CText.StackLength]), Abi.O_PATH | Abi.O_NOFOLLOW, mode: 0);
        if (fd < 0)
        {
            throw Failure("open", name);
        }

        Span<byte> path = stackalloc byte[ProcNameLength];
        WriteProcPath(path, fd, []);
        fixed (byte* cPath = path)
        {
            int result = LibC.chmod(cPath, (uint)mode);
            Errno errno = LinuxException.LastErrno;
            _ = LibC.close(fd);
            if (result != 0)
            {
                throw new LinuxException("chmod", LabelBelow(name), errno);
            }
        }
    }

    /// <param name="nanoseconds">Since 1970-01-01, may be negative: the modification time, and the access time with it.</param>
    public void SetModified(ReadOnlySpan<byte> name, long nanoseconds)
    {
        using var self = new Borrowed(this);
        timespec* times = stackalloc timespec[2];
        times[0] = times[1] = OpenFile.Timespec(nanoseconds);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            Check(LibC.utimensat(self.Fd, cName, times, Abi.AT_SYMLINK_NOFOLLOW), "utimensat", name);
        }
    }

    /// <summary>The link's target as it is stored.</summary>
    public byte[] ReadLink(ReadOnlySpan<byte> name)
    {
        using var self = new Borrowed(this);
        byte* target = stackalloc byte[PathMax];
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            nint length = LibC.readlinkat(self.Fd, cName, target, PathMax);
            return length >= 0 ? new ReadOnlySpan<byte>(target, (int)length).ToArray() : throw Failure("readlink", name);
        }
    }

    /// <param name="attribute">E.g. <c>security.capability</c>.</param>
    public void SetExtendedAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        using var self = new Borrowed(this);
        Span<byte> path = stackalloc byte[ProcNameLength];
        WriteProcPath(path, self.Fd, Leaf(name, stackalloc byte[CText.StackLength]).Bytes);
        fixed (byte* cPath = path, cAttribute = new CText(attribute, stackalloc byte[CText.StackLength]), cValue = value)
        {
            Check(LibC.lsetxattr(cPath, cAttribute, cValue, (nuint)value.Length, flags: 0), "setxattr", name);
        }
    }

    /// <returns>Null when the file has no such attribute (or the file system has none at all).</returns>
    public byte[]? GetExtendedAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
        => GetAttribute(Leaf(name, stackalloc byte[CText.StackLength]).Bytes, attribute);

    private byte[]? GetAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        using var self = new Borrowed(this);
        Span<byte> path = stackalloc byte[ProcNameLength];
        WriteProcPath(path, self.Fd, name);
        byte[] value = new byte[ExtendedAttributeMax];
        fixed (byte* cPath = path, cAttribute = new CText(attribute, stackalloc byte[CText.StackLength]), cValue = value)
        {
            nint length = LibC.lgetxattr(cPath, cAttribute, cValue, (nuint)value.Length);
            if (length >= 0)
            {
                return value.AsSpan(0, (int)length).ToArray();
            }

            return LinuxException.LastErrno is Errno.ENODATA or Errno.EOPNOTSUPP ? null : throw Failure("getxattr", name);
        }
    }

    /// <summary>The names of a file's attributes; empty where the file system has none.</summary>
    public IReadOnlyList<byte[]> ListExtendedAttributes(ReadOnlySpan<byte> name)
        => ListAttributes(Leaf(name, stackalloc byte[CText.StackLength]).Bytes);

    private List<byte[]> ListAttributes(ReadOnlySpan<byte> name)
    {
        using var self = new Borrowed(this);
        Span<byte> path = stackalloc byte[ProcNameLength];
        WriteProcPath(path, self.Fd, name);
        fixed (byte* cPath = path)
        {
            nint length = LibC.llistxattr(cPath, null, 0);
            if (length == 0 || (length < 0 && LinuxException.LastErrno == Errno.EOPNOTSUPP))
            {
                return [];
            }

            byte[] list = new byte[ExtendedAttributeMax];
            fixed (byte* cList = list)
            {
                length = LibC.llistxattr(cPath, cList, (nuint)list.Length);
                return length >= 0 ? SplitAtNul(list.AsSpan(0, (int)length)) : throw Failure("listxattr", name);
            }
        }
    }

    /// <returns>False when the file has no such attribute.</returns>
    public bool RemoveExtendedAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        using var self = new Borrowed(this);
        Span<byte> path = stackalloc byte[ProcNameLength];
        WriteProcPath(path, self.Fd, Leaf(name, stackalloc byte[CText.StackLength]).Bytes);
        fixed (byte* cPath = path, cAttribute = new CText(attribute, stackalloc byte[CText.StackLength]))
        {
            return LibC.lremovexattr(cPath, cAttribute) == 0
                || (LinuxException.LastErrno == Errno.ENODATA ? false : throw Failure("removexattr", name));
        }
    }

    /// <summary>limits.h: with the terminator.</summary>
    internal const int PathMax = 4096;

    /// <summary>XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel.</summary>
    private const int ExtendedAttributeMax = 64 * 1024;

    private static List<byte[]> SplitAtNul(ReadOnlySpan<byte> list)
    {
        var names = new List<byte[]>();
        while (!list.IsEmpty)
        {
            int end = list.IndexOf((byte)0);
            names.Add(list[..end].ToArray());
            list = list[(end + 1)..];
        }

        return names;
    }

    /// <summary>A path whose last component is not followed by the l*xattr calls, and whose first part is this very directory.</summary>
    internal static void WriteProcPath(Span<byte> path, int fd, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        if (prefix.Length + 10 + 1 + name.Length + 1 > path.Length)
        {
            throw new LinuxException("name", System.Text.Encoding.UTF8.GetString(name), Errno.ENAMETOOLONG);
        }

        prefix.CopyTo(path);
        Utf8Formatter.TryFormat(fd, path[prefix.Length..], out int digits);
        int end = prefix.Length + digits;
        if (!name.IsEmpty)
        {
            path[end++] = (byte)'/';
            name.CopyTo(path[end..]);
            end += name.Length;
        }

        path[end] = 0;
    }
}
