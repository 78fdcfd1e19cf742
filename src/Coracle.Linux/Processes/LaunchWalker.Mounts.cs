namespace Coracle.Linux;

// What only a process inside the new namespaces can mount, and the change of the root.
internal static unsafe partial class LaunchWalker
{
    // "/proc/self/fd/" and ten digits and the end
    private const int DescriptorPathLength = 32;

    private const int NoLink = Abi.O_PATH | Abi.O_CLOEXEC;

    /// <summary>On a descriptor that the monitor resolved: no path is walked.</summary>
    private static int MountOn(LaunchStep* step)
    {
        byte* target = stackalloc byte[DescriptorPathLength];
        DescriptorPath(step->Fd, target);
        fixed (byte* none = "none"u8)
        {
            return Result(ChildCalls.mount(none, target, step->Text, (nuint)step->Number, step->OtherText));
        }
    }

    /// <summary>
    /// pivot_root(".", ".") stacks the old root on the new one, where the second "." finds it: no directory for it is needed in an
    /// image that may be read-only. All mounts here are private, so nothing is unmounted anywhere else.
    /// </summary>
    private static int PivotRoot(int root)
    {
        fixed (byte* here = "."u8, top = "/"u8)
        {
            int errno = Result(ChildCalls.fchdir(root));
            errno = errno != 0 ? errno : Result(ChildCalls.syscall(Abi.SYS_pivot_root, (nint)here, (nint)here, 0, 0, 0, 0));
            errno = errno != 0 ? errno : Result(ChildCalls.umount2(here, Abi.MNT_DETACH));
            return errno != 0 ? errno : Result(ChildCalls.chdir(top));
        }
    }

    /// <summary>
    /// In a real directory called proc, never through a link (CVE-2023-27561), and looked at again afterwards: every mask below
    /// relies on its being the kernel's proc.
    /// </summary>
    private static int MountProc(LaunchStep* step, Place* place)
    {
        fixed (byte* name = "/proc"u8, here = "."u8, top = "/"u8, type = "proc"u8)
        {
            int directory = ChildCalls.openat64(Abi.AT_FDCWD, name, Abi.O_DIRECTORY | Abi.O_NOFOLLOW | NoLink, 0);
            if (directory < 0)
            {
                return ChildCalls.Errno;
            }

            int errno = Result(ChildCalls.fchdir(directory));
            errno = errno != 0 ? errno : Result(ChildCalls.mount(type, here, type, (nuint)step->Number, null));
            errno = errno != 0 ? errno : Result(ChildCalls.chdir(top));
            _ = ChildCalls.close(directory);
            place->Proc = ChildCalls.openat64(Abi.AT_FDCWD, name, Abi.O_DIRECTORY | Abi.O_NOFOLLOW | NoLink, 0);
            return errno != 0 ? errno : place->Proc < 0 ? ChildCalls.Errno : IsProc(place->Proc);
        }
    }

    private static int IsProc(int directory)
    {
        statfs64 status;
        return ChildCalls.fstatfs64(directory, &status) != 0 ? ChildCalls.Errno
            : status.f_type == Abi.PROC_SUPER_MAGIC ? 0 : (int)Errno.ENOTDIR;
    }

    private static int BindInProc(LaunchStep* step, Place* place)
    {
        int target = ChildCalls.openat64(place->Proc, step->Text, Abi.O_NOFOLLOW | NoLink, 0);
        if (target < 0)
        {
            return ChildCalls.Errno;
        }

        int errno = CloseAfter(target, AttachTree(step->Fd, target));
        byte* path = stackalloc byte[DescriptorPathLength];
        DescriptorPath(step->Fd, path); // of the tree: its root, now attached
        errno = errno != 0 ? errno : Result(ChildCalls.mount(null, path, null, Abi.MS_PRIVATE | Abi.MS_REC, null));
        return errno != 0 || step->Number == 0 ? errno : Result(ChildCalls.mount(null, path, null, (nuint)step->Number, null));
    }

    private static int AttachTree(int tree, int target)
    {
        byte empty = 0;
        return Result(ChildCalls.syscall(
            Abi.SYS_move_mount, tree, (nint)(&empty), target, (nint)(&empty), Abi.MOVE_MOUNT_F_EMPTY_PATH | Abi.MOVE_MOUNT_T_EMPTY_PATH, 0));
    }

    /// <summary>A directory under an empty read-only tmpfs, a file under /dev/null; what is not there needs no mask.</summary>
    private static int MaskInProc(LaunchStep* step, Place* place)
    {
        int target = ChildCalls.openat64(place->Proc, step->Text, Abi.O_NOFOLLOW | NoLink, 0);
        return target >= 0 ? CloseAfter(target, Mask(target, step->Fd)) : AbsentIsFine();
    }

    /// <param name="nullDevice">A descriptor of a node that was seen to be c 1:3 (CVE-2025-31133).</param>
    internal static int Mask(int target, int nullDevice)
    {
        statx status;
        byte empty = 0;
        if (ChildCalls.statx(target, &empty, Abi.AT_EMPTY_PATH, Abi.STATX_BASIC_STATS, &status) != 0)
        {
            return ChildCalls.Errno;
        }

        byte* targetPath = stackalloc byte[DescriptorPathLength];
        DescriptorPath(target, targetPath);
        fixed (byte* tmpfs = "tmpfs"u8)
        {
            if ((status.stx_mode & Abi.S_IFMT) == Abi.S_IFDIR)
            {
                return Result(ChildCalls.mount(tmpfs, targetPath, tmpfs, Abi.MS_RDONLY, null));
            }
        }

        byte* nullPath = stackalloc byte[DescriptorPathLength];
        DescriptorPath(nullDevice, nullPath);
        return Result(ChildCalls.mount(nullPath, targetPath, null, Abi.MS_BIND, null));
    }

    private static int ReadOnlyInProc(LaunchStep* step, Place* place)
    {
        int target = ChildCalls.openat64(place->Proc, step->Text, Abi.O_NOFOLLOW | NoLink, 0);
        if (target < 0)
        {
            return AbsentIsFine();
        }

        byte* path = stackalloc byte[DescriptorPathLength];
        DescriptorPath(target, path);
        int errno = Result(ChildCalls.mount(path, path, null, Abi.MS_BIND | Abi.MS_REC, null));
        _ = ChildCalls.close(target);
        if (errno != 0)
        {
            return errno;
        }

        // The descriptor was of what lies below; the name now leads to the bind, which is what becomes read-only.
        target = ChildCalls.openat64(place->Proc, step->Text, Abi.O_NOFOLLOW | NoLink, 0);
        if (target < 0)
        {
            return ChildCalls.Errno;
        }

        DescriptorPath(target, path);
        nuint flags = Abi.MS_BIND | Abi.MS_REMOUNT | Abi.MS_RDONLY | (nuint)step->Number;
        return CloseAfter(target, Result(ChildCalls.mount(null, path, null, flags, null)));
    }

    private static int ReadOnlyRoot(nuint flags)
    {
        fixed (byte* top = "/"u8)
        {
            return Result(ChildCalls.mount(null, top, null, Abi.MS_BIND | Abi.MS_REMOUNT | Abi.MS_RDONLY | flags, null));
        }
    }

    private static int AbsentIsFine() => ChildCalls.Errno == (int)Errno.ENOENT ? 0 : ChildCalls.Errno;

    private static int CloseAfter(int fd, int errno)
    {
        _ = ChildCalls.close(fd);
        return errno;
    }

    private static void DescriptorPath(int fd, byte* path)
    {
        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        for (int i = 0; i < prefix.Length; i++)
        {
            path[i] = prefix[i];
        }

        int digits = 1;
        for (int rest = fd / 10; rest > 0; rest /= 10)
        {
            digits++;
        }

        path += prefix.Length;
        path[digits] = 0;
        for (int i = digits - 1; i >= 0; i--, fd /= 10)
        {
            path[i] = (byte)('0' + (fd % 10));
        }
    }
}
