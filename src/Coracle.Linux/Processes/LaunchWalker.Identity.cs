namespace Coracle.Linux;

// Who the process is and what it may.
internal static unsafe partial class LaunchWalker
{
    /// <summary>The highest capability number a 64-bit mask can hold; the kernel answers EINVAL beyond its own last one.</summary>
    private const int LastCapability = 63;

    private const int HighestSignal = 64;

    // Larger than struct sigaction and sigset_t of every port; zero is SIG_DFL, no flags, the empty set.
    private const int SignalBlock = 256;

    private const int AffinityBytes = 1024; // 8192 processors, the kernel's own maximum

    // glibc's setgroups, setresgid and setresuid call every thread of the process that they remember, and in this copy those
    // are not there. So the kernel's own, with 32-bit ids: on 32-bit ARM their names end in 32.
    private static PerPort SetGroupsCall => new(X64: 116, Arm64: 159, Arm: 206);

    private static PerPort SetGroupIdsCall => new(X64: 119, Arm64: 149, Arm: 210);

    private static PerPort SetUserIdsCall => new(X64: 117, Arm64: 147, Arm: 208);

    private static int SetGroups(LaunchStep* step)
        => Result(ChildCalls.syscall(SetGroupsCall, (nint)step->Number, (nint)step->Block, 0, 0, 0, 0));

    /// <summary>Group first: without uid 0 it could not be changed any more.</summary>
    private static int SetUser(uint uid, uint gid)
    {
        int errno = Result(ChildCalls.syscall(SetGroupIdsCall, (nint)gid, (nint)gid, (nint)gid, 0, 0, 0));
        return errno != 0 ? errno : Result(ChildCalls.syscall(SetUserIdsCall, (nint)uid, (nint)uid, (nint)uid, 0, 0, 0));
    }

    private static int ReduceBoundingSet(ulong keep)
    {
        for (int i = 0; i <= LastCapability; i++)
        {
            int has = ChildCalls.prctl(Abi.PR_CAPBSET_READ, (nuint)i, 0, 0, 0);
            if (has < 0)
            {
                return 0; // beyond the kernel's last one
            }

            if (has == 1 && (keep & (1UL << i)) == 0 && ChildCalls.prctl(Abi.PR_CAPBSET_DROP, (nuint)i, 0, 0, 0) != 0)
            {
                return ChildCalls.Errno;
            }
        }

        return 0;
    }

    /// <summary>Permitted and effective; inheritable and ambient become empty (CVE-2022-24769).</summary>
    private static int SetCapabilities(ulong mask)
    {
        // Kernels before 4.3 know no ambient set.
        _ = ChildCalls.prctl(Abi.PR_CAP_AMBIENT, Abi.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        var header = new __user_cap_header_struct { version = Abi._LINUX_CAPABILITY_VERSION_3 };
        __user_cap_data_struct* data = stackalloc __user_cap_data_struct[2];
        data[0] = new __user_cap_data_struct { effective = (uint)mask, permitted = (uint)mask };
        data[1] = new __user_cap_data_struct { effective = (uint)(mask >> 32), permitted = (uint)(mask >> 32) };
        return Result(ChildCalls.syscall(Abi.SYS_capset, (nint)(&header), (nint)data, 0, 0, 0, 0));
    }

    private static int LoadFilter(LaunchStep* step)
    {
        var program = new sock_fprog { len = (ushort)step->Number, filter = (byte*)step->Block };
        return Result(ChildCalls.prctl(Abi.PR_SET_SECCOMP, Abi.SECCOMP_MODE_FILTER, (nuint)(&program), 0, 0));
    }

    private static int SetLimit(LaunchStep* step)
    {
        var limit = new rlimit64 { rlim_cur = step->Number, rlim_max = step->OtherNumber };
        return Result(ChildCalls.prlimit64(0, step->Fd, &limit, null));
    }

    private static int SetUmask(uint mask)
    {
        _ = ChildCalls.umask(mask);
        return 0;
    }

    /// <summary>
    /// A kernel without keyrings has none to leak. All for its possessors, and for the user what is usual and search (runc, too): by
    /// name only one that can be searched is found, so that an exec without that would get another of the same name.
    /// </summary>
    private static int JoinSessionKeyring(LaunchStep* step)
    {
        const int Permissions = 0x3f1b0000;
        nint keyring = ChildCalls.syscall(Abi.SYS_keyctl, Abi.KEYCTL_JOIN_SESSION_KEYRING, (nint)step->Text, 0, 0, 0, 0);
        int errno = Result(keyring);
        _ = ChildCalls.syscall(Abi.SYS_keyctl, Abi.KEYCTL_SETPERM, keyring, Permissions, 0, 0, 0);
        return errno is (int)Errno.ENOSYS or (int)Errno.EPERM ? 0 : errno;
    }

    /// <summary>
    /// Nothing of the monitor's own: nice 0, the ordinary scheduler, no I/O priority, every processor. Each may be refused (a monitor
    /// may always do less, without CAP_SYS_NICE not more), and a refusal leaves the container no better off, so none is fatal.
    /// </summary>
    private static int ResetScheduling()
    {
        int priority = 0;
        _ = ChildCalls.sched_setscheduler(0, Abi.SCHED_OTHER, &priority);
        _ = ChildCalls.setpriority(0, 0, 0);
        _ = ChildCalls.syscall(Abi.SYS_ioprio_set, Abi.IOPRIO_WHO_PROCESS, 0, 0, 0, 0, 0);
        ulong* all = stackalloc ulong[AffinityBytes / sizeof(ulong)];
        for (int i = 0; i < AffinityBytes / sizeof(ulong); i++)
        {
            all[i] = ulong.MaxValue;
        }

        _ = ChildCalls.sched_setaffinity(0, AffinityBytes, all);
        return 0;
    }

    /// <summary>Handlers go at execve by themselves, ignored signals stay ignored: .NET ignores SIGPIPE.</summary>
    private static int ResetSignals()
    {
        byte* zero = stackalloc byte[SignalBlock];
        for (int i = 0; i < SignalBlock; i++)
        {
            zero[i] = 0;
        }

        for (int signal = 1; signal <= HighestSignal; signal++)
        {
            // SIGKILL, SIGSTOP and the C library's own two are refused; they are never ignored either.
            _ = ChildCalls.sigaction(signal, zero, null);
        }

        return Result(ChildCalls.sigprocmask(Abi.SIG_SETMASK, zero, null));
    }

    /// <summary>First as root, as runc does; a directory that root may not enter (a network file system) is tried again as the user.</summary>
    private static int EnterWorkingDirectory(byte* path, Place* place)
    {
        int errno = Result(ChildCalls.chdir(path));
        place->InWorkingDirectory = errno == 0;
        return errno is (int)Errno.EACCES or (int)Errno.EPERM ? 0 : errno;
    }

    /// <summary>The kernel spells a directory outside the root "(unreachable)/…" (CVE-2024-21626).</summary>
    private static int VerifyWorkingDirectory()
    {
        const int Length = 4096;
        byte* path = stackalloc byte[Length];
        nint length = ChildCalls.syscall(Abi.SYS_getcwd, (nint)path, Length, 0, 0, 0, 0);
        return length < 0 ? ChildCalls.Errno : *path == (byte)'/' ? 0 : (int)Errno.ENOENT;
    }
}
