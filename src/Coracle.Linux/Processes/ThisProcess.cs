using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>What a process may say about itself.</summary>
public static unsafe class ThisProcess
{
    public static int Id => LibC.getpid();

    /// <summary>The effective one.</summary>
    public static uint UserId => LibC.geteuid();

    /// <summary>Where the kernel finds this process's command line.</summary>
    internal static (nint Start, ulong Length) CommandLine() => Range(field: 48);

    /// <summary>
    /// Code that was needed once, at the start or for a pull, is no longer counted as this process's, and is among the first that the kernel
    /// takes when it wants memory. What is called again is mapped again, 16 pages at a time: of an idle engine's 16.3 MB (PSS) 2.9 went.
    /// </summary>
    public static void ForgetCode()
    {
        const int StartOfCode = 26;
        (nint start, ulong length) = Range(StartOfCode);
        int page = Environment.SystemPageSize;
        nint first = start / page * page;
        // Advice only: nothing is written to code, so the file has all of it. A kernel that refuses leaves everything as it was.
        _ = length == 0 ? 0 : LibC.madvise((void*)first, (nuint)(length + (ulong)(start - first)), Abi.MADV_DONTNEED);
    }

    /// <param name="field">proc(5), /proc/pid/stat: the field with the first address; the next one has the end.</param>
    private static (nint Start, ulong Length) Range(int field)
    {
        const int Precede = 3; // of the fields, counted from 1, are before what follows the last ")"
        if (!KernelFile.TryRead("/proc/self/stat", out byte[]? stat))
        {
            return default;
        }

        string[] fields = System.Text.Encoding.UTF8.GetString(stat.AsSpan(stat.AsSpan().LastIndexOf((byte)')') + 2)).Split(' ');
        int start = field - Precede;
        return fields.Length > start + 1 && long.TryParse(fields[start], out long from) && long.TryParse(fields[start + 1], out long end) && end > from
            ? ((nint)from, (ulong)(end - from))
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
