using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>
/// The calls that a forked child makes before execve. Unlike <see cref="LibC"/> they do not keep errno for later: the copy would go to
/// thread-static storage, which may be made lazily, that is by allocating. <see cref="Errno"/> reads the C library's own at once.
/// </summary>
/// <remarks>Everything is blittable, so the stub is the call and nothing else.</remarks>
internal static unsafe class ChildCalls
{
    private const string Name = LibC.Name;

    /// <summary>Only straight after a call that failed.</summary>
    internal static int Errno => *__errno_location();

    [DllImport(Name)]
    private static extern int* __errno_location();

    [DllImport(Name)]
    internal static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [DllImport(Name)]
    internal static extern int openat64(int directory, byte* path, int flags, uint mode);

    [DllImport(Name)]
    internal static extern int close(int fd);

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

    [DllImport(Name)]
    internal static extern int chdir(byte* path);

    [DllImport(Name)]
    internal static extern int mount(byte* source, byte* target, byte* type, nuint flags, void* data);

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

    [DllImport(Name)]
    internal static extern int prctl(int option, nuint a, nuint b, nuint c, nuint d);

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

    [DllImport(Name)]
    internal static extern int sigprocmask(int how, void* set, void* old);

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

    [DllImport(Name)]
    internal static extern void _exit(int status);
}
