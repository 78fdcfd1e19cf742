using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>
/// A copy of a mount (with those below it, or without) that is attached nowhere yet: open_tree(2), Linux 5.2. It belongs to the same
/// peer group as its original, so it can be taken before a namespace is cut off from the host and still be shared with it.
/// </summary>
/// <remarks>
/// Closing it before it was attached dissolves it; once attached the descriptor goes on naming its root. Where a kernel or a seccomp
/// profile has no open_tree, the original is held open instead and copied only when it is attached: in the same mount namespace, and
/// private if it was made so meanwhile.
/// </remarks>
public sealed unsafe class MountTree : SafeHandle
{
    private readonly string _source;

    // How a mount that is not copied yet will be.
    private readonly MountFlags _copyLater;

    private MountTree(int fd, string source, MountFlags copyLater = MountFlags.None)
        : base(-1, ownsHandle: true)
    {
        SetHandle(fd);
        _source = source;
        _copyLater = copyLater;
    }

    public override bool IsInvalid => handle == -1;

    /// <summary>The descriptor's number. Yours only as long as this handle is not disposed.</summary>
    public int Descriptor => (int)handle;

    /// <summary>Its root, for calls that know only paths.</summary>
    public string ProcPath => $"/proc/self/fd/{(int)handle}";

    /// <summary>A directory or a file?</summary>
    public bool IsDirectory => IsDirectoryAt(this);

    /// <summary>Whether a pinned handle is a directory's.</summary>
    public static bool IsDirectoryAt(SafeHandle pinned)
    {
        using var there = new Borrowed(pinned);
        return DirectoryHandle.StatusOf(there.Fd, "mount target").IsDirectory;
    }

    /// <param name="source">A host path; links in it are followed.</param>
    public static MountTree Clone(string source, bool recursive)
    {
        if (!CanCopyDetached())
        {
            return Open(source, recursive ? MountFlags.Bind | MountFlags.Recursive : MountFlags.Bind);
        }

        fixed (byte* path = new CText(source, stackalloc byte[CText.StackLength]))
        {
            int flags = Abi.OPEN_TREE_CLONE | Abi.O_CLOEXEC | (recursive ? Abi.AT_RECURSIVE : 0);
            nint fd = LibC.syscall((int)Abi.SYS_open_tree, Abi.AT_FDCWD, (nint)path, flags, 0, 0, 0);
            return fd >= 0 ? new MountTree((int)fd, source) : throw LinuxException.FromLastError("open_tree", source);
        }
    }

    /// <summary>No copy but the place itself, held open: for looking at it.</summary>
    /// <param name="path">A host path; links in it are followed.</param>
    public static MountTree Pin(string path) => Open(path, MountFlags.None);

    /// <param name="target">The file or directory to attach it to; a pinned descriptor, so no path is walked.</param>
    public void AttachTo(SafeHandle target)
    {
        if (_copyLater != MountFlags.None)
        {
            CopyTo(target);
            return;
        }

        using var self = new Borrowed(this);
        using var there = new Borrowed(target);
        byte empty = 0;
        int flags = Abi.MOVE_MOUNT_F_EMPTY_PATH | Abi.MOVE_MOUNT_T_EMPTY_PATH;
        if (LibC.syscall((int)Abi.SYS_move_mount, self.Fd, (nint)(&empty), there.Fd, (nint)(&empty), flags, 0) != 0)
        {
            throw LinuxException.FromLastError("move_mount", _source);
        }
    }

    /// <summary>
    /// Read-only, with every mount below it: mount_setattr (5.12), else one by one. Attach it first.
    /// </summary>
    /// <param name="orFail">A mount below that cannot be reached one by one is an error.</param>
    public void MakeReadOnly(bool recursive, bool orFail = false)
    {
        using var self = new Borrowed(this);
        var attributes = new mount_attr { attr_set = Abi.MOUNT_ATTR_RDONLY };
        byte empty = 0;
        int flags = Abi.AT_EMPTY_PATH | (recursive ? Abi.AT_RECURSIVE : 0);
        nint result = LibC.syscall(
            (int)Abi.SYS_mount_setattr, self.Fd, (nint)(&empty), flags, (nint)(&attributes), sizeof(mount_attr), 0);
        if (result == 0)
        {
            return;
        }

        if (LinuxException.LastErrno is not (Errno.ENOSYS or Errno.EPERM))
        {
            throw LinuxException.FromLastError("mount_setattr", _source);
        }

        MountsBelow.MakeOneReadOnly(self.Fd);
        if (recursive)
        {
            MountsBelow.MakeReadOnly(ReadTarget(this, stackalloc byte[DirectoryHandle.PathMax]), orFail);
        }
    }

    /// <summary>Its flags become these, all others go. Attach it first.</summary>
    public void Remount(MountFlags flags) => Mounts.Mount("", ProcPath, "", MountFlags.Bind | MountFlags.Remount | flags);

    /// <summary>One of Private, Slave, Shared, and Recursive. Attach it first.</summary>
    /// <exception cref="LinuxException">ENOSYS: it has no peers, since it could not be copied while it was among them.</exception>
    public void SetPropagation(MountFlags propagation)
    {
        if (_copyLater != MountFlags.None && (propagation & MountFlags.Private) == 0)
        {
            throw new LinuxException("open_tree", _source, Errno.ENOSYS);
        }

        Mounts.SetPropagation(ProcPath, propagation);
    }

    /// <summary>A pinned file or directory, for calls that know only paths; valid while the handle lives.</summary>
    public static string PathOf(SafeHandle pinned) => $"/proc/self/fd/{(int)pinned.DangerousGetHandle()}";

    /// <summary>Where a handle is in this mount namespace, as the kernel spells it. What is no UTF-8 becomes another name, which is not there.</summary>
    public static string TargetOf(SafeHandle pinned)
        => System.Text.Encoding.UTF8.GetString(ReadTarget(pinned, stackalloc byte[DirectoryHandle.PathMax]));

    private static ReadOnlySpan<byte> ReadTarget(SafeHandle pinned, Span<byte> target)
    {
        fixed (byte* path = new CText(PathOf(pinned), stackalloc byte[CText.StackLength]), buffer = target)
        {
            nint length = LibC.readlinkat(Abi.AT_FDCWD, path, buffer, (nuint)target.Length);
            return length >= 0 ? target[..(int)length] : throw LinuxException.FromLastError("readlink", "/proc/self/fd");
        }
    }

    /// <summary>Asked of both calls that a copy needs, with arguments that any kernel refuses: a null pointer for a path is EFAULT.</summary>
    private static bool CanCopyDetached() => Exists((int)Abi.SYS_open_tree, 0) && Exists((int)Abi.SYS_move_mount, -1);

    /// <summary>EPERM is an older seccomp profile's answer. The kernel gives it to move_mount only where mount(2) gets it, too.</summary>
    private static bool Exists(int call, nint third)
        => LibC.syscall(call, -1, 0, third, 0, 0, 0) == 0 || LinuxException.LastErrno is not (Errno.ENOSYS or Errno.EPERM);

    private static MountTree Open(string path, MountFlags copyLater) => Open(new CText(path, stackalloc byte[CText.StackLength]), path, copyLater);

    private static MountTree Open(in CText path, string source, MountFlags copyLater)
    {
        fixed (byte* cPath = path)
        {
            int fd = LibC.openat64(Abi.AT_FDCWD, cPath, Abi.O_PATH | Abi.O_CLOEXEC, 0);
            return fd >= 0 ? new MountTree(fd, source, copyLater) : throw LinuxException.FromLastError("open", source);
        }
    }

    /// <summary>The descriptor then names the copy's root, as after move_mount.</summary>
    private void CopyTo(SafeHandle target)
    {
        Span<byte> buffer = stackalloc byte[DirectoryHandle.PathMax];
        ReadOnlySpan<byte> name = ReadTarget(target, buffer); // what is mounted there is found by name alone
        Mounts.Mount(ProcPath, PathOf(target), "", _copyLater);
        using MountTree copy = Open(new CText(name, stackalloc byte[CText.StackLength]), _source, MountFlags.None);
        FileStatus made = DirectoryHandle.StatusOf((int)copy.handle, _source), original = DirectoryHandle.StatusOf((int)handle, _source);
        bool isOurs = made.Inode == original.Inode && made.Device == original.Device && MountsBelow.IdOf((int)copy.handle) != MountsBelow.IdOf((int)handle);
        if (!isOurs)
        {
            throw new LinuxException("mount", _source, Errno.EBUSY); // somebody has moved the target's directory meanwhile
        }

        (handle, copy.handle) = (copy.handle, handle);
    }

    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}
