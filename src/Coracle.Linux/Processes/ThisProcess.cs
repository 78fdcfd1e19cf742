using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>What a process may say about itself.</summary>
public static unsafe class ThisProcess
{
    public static int Id => LibC.getpid();

    /// <summary>The effective one.</summary>
    public static uint UserId => LibC.geteuid();

    /// <summary>Where the kernel finds this process's command line.</summary>
    internal static (nint Start, ulong Length) CommandLine()
    {
        const int ArgumentsStart = 45; // proc(5): field 48, of which three precede the last ")"
        if (!KernelFile.TryRead("/proc/self/stat", out byte[]? stat))
        {
            return default;
        }

        string[] fields = System.Text.Encoding.UTF8.GetString(stat.AsSpan(stat.AsSpan().LastIndexOf((byte)')') + 2)).Split(' ');
        return fields.Length > ArgumentsStart + 1
            && long.TryParse(fields[ArgumentsStart], out long start) && long.TryParse(fields[ArgumentsStart + 1], out long end) && end > start
            ? ((nint)start, (ulong)(end - start))
            : default;
    }

    /// <summary>A second descriptor of one that this process was started with.</summary>
    public static SafeFileHandle DuplicateStream(int number)
        => Descriptor.FromResult(LibC.fcntl(number, Abi.F_DUPFD_CLOEXEC, 0), "dup", "standard stream").ToHandle();

    /// <summary>Of the whole process, and of those it starts.</summary>
    public static void SetUmask(int mask) => _ = ChildCalls.umask((uint)mask);

    /// <summary>As many descriptors as may be had without asking anybody.</summary>
    public static void RaiseDescriptorLimit()
    {
        rlimit64 limit;
        if (ChildCalls.prlimit64(0, Abi.RLIMIT_NOFILE, null, &limit) == 0)
        {
            limit.rlim_cur = limit.rlim_max;
            _ = ChildCalls.prlimit64(0, Abi.RLIMIT_NOFILE, &limit, null);
        }
    }

    /// <summary>Orphans of its descendants become its children instead of init's.</summary>
    public static void AdoptOrphans() => Control(Abi.PR_SET_CHILD_SUBREAPER, 1);

    /// <summary>No core file, no ptrace, no /proc/self entries for others, unless root with CAP_SYS_PTRACE asks.</summary>
    public static void HideFromDebuggers() => Control(Abi.PR_SET_DUMPABLE, 0);

    /// <summary>Whatever was inherited ends at the next execve. Before Linux 5.11: what has one of the lower numbers, as all that is inherited.</summary>
    public static void CloseInheritedOnExec()
    {
        const int FirstAfterStdio = 3;
        const int Lower = 1024;
        if (LibC.syscall(Abi.SYS_close_range, FirstAfterStdio, unchecked((nint)uint.MaxValue), Abi.CLOSE_RANGE_CLOEXEC, 0, 0, 0) == 0)
        {
            return;
        }

        for (int fd = FirstAfterStdio; fd < Lower; fd++)
        {
            _ = LibC.fcntl(fd, Abi.F_SETFD, Abi.FD_CLOEXEC);
        }
    }

    private static void Control(int option, nuint value)
    {
        if (LibC.prctl(option, value, 0, 0, 0) != 0)
        {
            throw LinuxException.FromLastError("prctl", "");
        }
    }
}
