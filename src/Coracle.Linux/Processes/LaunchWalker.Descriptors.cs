namespace Coracle.Linux;

// Descriptors, sessions and siblings.
internal static unsafe partial class LaunchWalker
{
    private static int Move(int from, int to, int flags) => Result(ChildCalls.dup3(from, to, flags));

    private static int MoveStatusPipes(Place* place)
    {
        int errno = Move(place->Status, StatusDescriptor, Abi.O_CLOEXEC);
        place->Status = StatusDescriptor;
        if (errno == 0)
        {
            errno = Move(place->Barrier, BarrierDescriptor, Abi.O_CLOEXEC);
            place->Barrier = BarrierDescriptor;
        }

        return errno;
    }

    /// <summary>Really closed, not only marked: a working directory of /proc/self/fd/N must find nothing there (CVE-2024-21626).</summary>
    /// <param name="limit">Where the search stops on a kernel without close_range (before 5.9).</param>
    private static int CloseFrom(int first, int limit)
    {
        if (ChildCalls.syscall(Abi.SYS_close_range, first, unchecked((nint)uint.MaxValue), 0, 0, 0, 0) == 0)
        {
            return 0;
        }

        if (ChildCalls.Errno is not ((int)Errno.ENOSYS or (int)Errno.EPERM))
        {
            return ChildCalls.Errno;
        }

        for (int fd = first; fd < limit; fd++)
        {
            _ = ChildCalls.close(fd);
        }

        return 0;
    }

    /// <summary>
    /// The caller has joined a PID namespace, which its children live in and it does not. It makes one child, whose parent is the
    /// monitor (CLONE_PARENT), says who it is and is gone; the child walks on once the monitor has heard that: what it reports itself
    /// must not come first.
    /// </summary>
    private static int CloneSibling(Place* place)
    {
        nint pid = Clone(Abi.CLONE_PARENT, exitSignal: 0, pidFd: null);
        if (pid == 0)
        {
            return AwaitWord(place);
        }

        if (pid < 0)
        {
            return ChildCalls.Errno;
        }

        Report(place->Status, LaunchReport.Sibling, 0, (int)pid);
        ChildCalls._exit(0);
        return 0;
    }

    /// <summary>clone3 with copied memory, or clone where that is missing or filtered away.</summary>
    internal static nint Clone(ulong flags, int exitSignal, int* pidFd)
    {
        var arguments = new clone_args { flags = flags, exit_signal = (ulong)exitSignal, pidfd = (ulong)pidFd };
        nint pid = ChildCalls.syscall(Abi.SYS_clone3, (nint)(&arguments), sizeof(clone_args), 0, 0, 0, 0);
        if (pid < 0 && ChildCalls.Errno is (int)Errno.ENOSYS or (int)Errno.EPERM)
        {
            // The old call hands the descriptor back through its third argument, the place of parent_tid.
            pid = ChildCalls.syscall(Abi.SYS_clone, (nint)(flags | (uint)exitSignal), 0, (nint)pidFd, 0, 0, 0);
        }

        return pid;
    }

    private static int WriteFile(LaunchStep* step)
    {
        int fd = step->Fd;
        if (fd < 0)
        {
            fd = ChildCalls.openat64(Abi.AT_FDCWD, step->Text, Abi.O_WRONLY | Abi.O_CLOEXEC, 0);
            if (fd < 0)
            {
                return ChildCalls.Errno;
            }
        }

        int errno = Result(ChildCalls.write(fd, step->OtherText, (nuint)step->Number));
        if (step->Fd < 0)
        {
            _ = ChildCalls.close(fd);
        }

        return errno;
    }
}
