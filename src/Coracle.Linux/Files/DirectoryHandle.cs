using System.Runtime.InteropServices;
using System.Text;

namespace Coracle.Linux;

/// <summary>
/// An open directory, and everything that is done to the names in it. The directory stays this one whatever is renamed or mounted
/// meanwhile, so a name is looked up exactly once and in exactly one place.
/// </summary>
/// <remarks>
/// <para>A name is one component: never empty, ".", ".." or with a slash. Names from layers are bytes, our own are strings; both are
/// never followed when they are symbolic links. Paths of several components from outside go through <see cref="OpenParent"/> and its
/// neighbours, which cannot leave this directory.</para>
/// <para>Descriptors are close-on-exec. Every failure is a <see cref="LinuxException"/> naming the call and the file.</para>
/// </remarks>
public sealed unsafe partial class DirectoryHandle : SafeHandle
{
    private const int NoDescriptor = -1;

    /// <summary>For messages only.</summary>
    private readonly string _label;

    private DirectoryHandle(int fd, string label, PathResolution resolution)
        : base(NoDescriptor, ownsHandle: true)
    {
        SetHandle(fd);
        _label = label;
        Resolution = resolution;
    }

    public override bool IsInvalid => handle == NoDescriptor;

    /// <summary>How paths are confined; handed down to the handles opened from this one.</summary>
    internal PathResolution Resolution { get; }

    /// <summary>The descriptor's number. Yours only as long as this handle is referenced and not disposed.</summary>
    public int Descriptor => (int)handle;

    /// <summary>A path to this very directory for calls that know only paths (mount data, sockets); valid in this process while the handle lives.</summary>
    public string ProcPath => $"/proc/self/fd/{(int)handle}";

    /// <param name="path">A host path that we own; links in it are followed.</param>
    public static DirectoryHandle Open(string path) => Open(path, PathResolution.BestOfKernel);

    internal static DirectoryHandle Open(string path, PathResolution resolution)
    {
        var text = new CText(path, stackalloc byte[CText.StackLength]);
        int fd = OpenAt(Abi.AT_FDCWD, text, Abi.O_RDONLY | Abi.O_DIRECTORY, mode: 0);
        return fd >= 0 ? new DirectoryHandle(fd, path, resolution) : throw LinuxException.FromLastError("open", path);
    }

    /// <summary><c>mkdir -p</c>, then <see cref="Open(string)"/>.</summary>
    /// <param name="path">An absolute host path that we own.</param>
    /// <param name="mode">Of the directories that are made, before the umask.</param>
    public static DirectoryHandle CreateAndOpen(string path, int mode = OwnerOnlyDirectory)
    {
        for (int slash = path.IndexOf('/', 1); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            CreateIfMissing(path.AsSpan(0, slash), mode);
        }

        CreateIfMissing(path, mode);
        return Open(path);
    }

    /// <summary>Octal 0700.</summary>
    public const int OwnerOnlyDirectory = 0x1C0;

    /// <summary>fsync of the directory: the names in it are durable.</summary>
    public void Sync()
    {
        using var self = new Borrowed(this);
        if (LibC.fsync(self.Fd) != 0)
        {
            throw LinuxException.FromLastError("fsync", _label);
        }
    }

    /// <summary>
    /// Everything written to this file system is durable. From Linux 5.8 on it reports write-back errors that happened since this
    /// handle was opened: open it before the first byte is written.
    /// </summary>
    public void SyncFileSystem()
    {
        using var self = new Borrowed(this);
        if (LibC.syncfs(self.Fd) != 0)
        {
            throw LinuxException.FromLastError("syncfs", _label);
        }
    }

    /// <summary>The status of the directory itself.</summary>
    public FileStatus Status()
    {
        using var self = new Borrowed(this);
        return StatusOf(self.Fd, _label);
    }

    /// <summary>A second descriptor of the same directory, for an owner with another lifetime.</summary>
    public DirectoryHandle Duplicate()
    {
        using var self = new Borrowed(this);
        int fd = LibC.fcntl(self.Fd, Abi.F_DUPFD_CLOEXEC, 0);
        return fd >= 0 ? new DirectoryHandle(fd, _label, Resolution) : throw LinuxException.FromLastError("dup", _label);
    }

    public override string ToString() => _label;

    protected override bool ReleaseHandle()
    {
        // Never retried after EINTR: on Linux the descriptor is gone by then, and its number may already be someone else's.
        _ = LibC.close((int)handle);
        return true;
    }

    private static void CreateIfMissing(ReadOnlySpan<char> path, int mode)
    {
        var text = new CText(path, stackalloc byte[CText.StackLength]);
        fixed (byte* cPath = text)
        {
            if (LibC.mkdirat(Abi.AT_FDCWD, cPath, (uint)mode) != 0 && LinuxException.LastErrno is not (Errno.EEXIST or Errno.EROFS))
            {
                throw LinuxException.FromLastError("mkdir", path.ToString());
            }
        }
    }

    internal static FileStatus StatusOf(int fd, string label)
    {
        statx status;
        byte empty = 0;
        if (LibC.statx(fd, &empty, Abi.AT_EMPTY_PATH, Abi.STATX_BASIC_STATS, &status) != 0)
        {
            throw LinuxException.FromLastError("statx", label);
        }

        return FileStatus.From(status);
    }

    private static int OpenAt(int directory, CText path, int flags, int mode)
    {
        fixed (byte* cPath = path)
        {
            int fd;
            do
            {
                fd = LibC.openat64(directory, cPath, flags | Abi.O_CLOEXEC, (uint)mode);
            }
            while (fd < 0 && LinuxException.LastErrno == Errno.EINTR);

            return fd;
        }
    }

    private LinuxException Failure(string call, ReadOnlySpan<byte> name)
    {
        Errno errno = LinuxException.LastErrno; // before anything below can overwrite it
        return new LinuxException(call, _label + "/" + Encoding.UTF8.GetString(name), errno);
    }

    /// <summary>One component or EINVAL: a slash would let the kernel walk, and follow links while it does.</summary>
    private CText Leaf(ReadOnlySpan<byte> name, Span<byte> stack)
    {
        if (name.IsEmpty || name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new LinuxException("name", _label + "/" + Encoding.UTF8.GetString(name), Errno.EINVAL);
        }

        return new CText(name, stack);
    }

    private static ReadOnlySpan<byte> Utf8(string name, Span<byte> stack) => new CText(name, stack).Bytes;
}
