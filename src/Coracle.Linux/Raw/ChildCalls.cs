using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>
/// The calls that a forked child makes before execve. Unlike <see cref="LibC"/> they do not keep errno for later: the copy would go to
/// thread-static storage, which may be made lazily, that is by allocating. <see cref="Errno"/> reads the C library's own at once.
/// </summary>
/// <remarks>
/// Everything is blittable, so the stub is the call and nothing else. The compiler writes that stub (some 100 bytes) at every call:
/// those that are called most are behind a method that it may not do that with, which makes the monitor 6.7 KB smaller.
/// </remarks>
internal static unsafe class ChildCalls
{
    private const string Name = LibC.Name;

    /// <summary>Only straight after a call that failed.</summary>
    internal static int Errno
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get => *__errno_location();
    }

    [DllImport(Name)]
    private static extern int* __errno_location();

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f) => syscall_raw(number, a, b, c, d, e, f);

    [DllImport(Name, EntryPoint = nameof(syscall))]
    private static extern nint syscall_raw(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int openat64(int directory, byte* path, int flags, uint mode) => openat64_raw(directory, path, flags, mode);

    [DllImport(Name, EntryPoint = nameof(openat64))]
    private static extern int openat64_raw(int directory, byte* path, int flags, uint mode);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int close(int fd) => close_raw(fd);

    [DllImport(Name, EntryPoint = nameof(close))]
    private static extern int close_raw(int fd);

    [DllImport(Name)]
    internal static extern int dup3(int from, int to, int flags);

    [DllImport(Name)]
    internal static extern nint read(int fd, void* buffer, nuint count);

    [DllImport(Name)]
    internal static extern nint write(int fd, void* buffer, nuint count);

    [DllImport(Name)]
    internal static extern int statx(int directory, byte* path, int flags, uint mask, statx* status);

    [DllImport(Name)]
    internal static extern int fstatfs64(int fd, statfs64* status);

    [DllImport(Name)]
    internal static extern int faccessat(int directory, byte* path, int mode, int flags);

    [DllImport(Name)]
    internal static extern int fchdir(int fd);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int chdir(byte* path) => chdir_raw(path);

    [DllImport(Name, EntryPoint = nameof(chdir))]
    private static extern int chdir_raw(byte* path);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int mount(byte* source, byte* target, byte* type, nuint flags, void* data) => mount_raw(source, target, type, flags, data);

    [DllImport(Name, EntryPoint = nameof(mount))]
    private static extern int mount_raw(byte* source, byte* target, byte* type, nuint flags, void* data);

    [DllImport(Name)]
    internal static extern int umount2(byte* target, int flags);

    [DllImport(Name)]
    internal static extern int setns(int fd, int kind);

    [DllImport(Name)]
    internal static extern int unshare(int kinds);

    [DllImport(Name)]
    internal static extern int setsid();

    // Variadic in C; an int-sized argument is passed alike on all ports, and TIOCSCTTY takes one.
    [DllImport(Name)]
    internal static extern int ioctl(int fd, nuint request, nint argument);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int prctl(int option, nuint a, nuint b, nuint c, nuint d) => prctl_raw(option, a, b, c, d);

    [DllImport(Name, EntryPoint = nameof(prctl))]
    private static extern int prctl_raw(int option, nuint a, nuint b, nuint c, nuint d);

    [DllImport(Name)]
    internal static extern int prlimit64(int pid, int resource, rlimit64* limit, rlimit64* old);

    [DllImport(Name)]
    internal static extern uint umask(uint mask);

    [DllImport(Name)]
    internal static extern int setpriority(int which, uint who, int priority);

    [DllImport(Name)]
    internal static extern int sched_setscheduler(int pid, int policy, int* parameter);

    [DllImport(Name)]
    internal static extern int sched_setaffinity(int pid, nuint size, void* mask);

    [DllImport(Name)]
    internal static extern int sigaction(int signal, void* action, void* old);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int sigprocmask(int how, void* set, void* old) => sigprocmask_raw(how, set, old);

    [DllImport(Name, EntryPoint = nameof(sigprocmask))]
    private static extern int sigprocmask_raw(int how, void* set, void* old);

    [DllImport(Name)]
    internal static extern int sigwaitinfo(void* set, void* info);

    [DllImport(Name)]
    internal static extern int wait4(int pid, int* status, int options, void* usage);

    [DllImport(Name)]
    internal static extern int kill(int pid, int signal);

    [DllImport(Name)]
    internal static extern int getpid();

    [DllImport(Name)]
    internal static extern int setpgid(int pid, int group);

    [DllImport(Name)]
    internal static extern int execve(byte* path, byte** arguments, byte** environment);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void _exit(int status) => exit_raw(status);

    [DllImport(Name, EntryPoint = nameof(_exit))]
    private static extern void exit_raw(int status);
}
