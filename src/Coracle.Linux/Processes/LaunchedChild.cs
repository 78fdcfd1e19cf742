using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>A step of a launch plan failed.</summary>
/// <param name="index">Of the step in the plan.</param>
/// <param name="detail">Of FindProgram its <see cref="ProgramFault"/>, of Execute the index of the candidate that was chosen.</param>
public sealed class LaunchStepException(int index, LaunchStepWords step, Errno errno, int detail)
    : IOException($"{step}: {ErrnoWords.NameOf(errno)} ({ErrnoWords.Of(errno)})")
{
    public int Index { get; } = index;

    public LaunchStepWords Step { get; } = step;

    public Errno Errno { get; } = errno;

    public int Detail { get; } = detail;

    public ProgramFault Fault => Step.Kind == LaunchStepKind.FindProgram ? (ProgramFault)Detail : ProgramFault.None;
}

/// <summary>
/// A process of a <see cref="LaunchPlan"/>, waiting before its execve. Disposing one that was not released kills and reaps it; after
/// <see cref="Release"/> it is the caller's to wait for, and disposing only closes the descriptors.
/// </summary>
public sealed unsafe class LaunchedChild : IDisposable
{
    private readonly IReadOnlyList<LaunchStepWords> _steps;
    private readonly SafeFileHandle _status;
    private readonly SafeFileHandle _barrier;
    private bool _mustDie = true;

    internal LaunchedChild(IReadOnlyList<LaunchStepWords> steps, int pid, int pidFd, SafeFileHandle status, SafeFileHandle barrier)
    {
        _steps = steps;
        _status = status;
        _barrier = barrier;
        Pid = pid;
        PidFd = new SafeFileHandle(pidFd, ownsHandle: true);
    }

    /// <summary>In the PID namespace of the caller.</summary>
    public int Pid { get; private set; }

    /// <summary>Readable in poll when the process has ended.</summary>
    public SafeFileHandle PidFd { get; private set; }

    /// <summary>Lets it execute and answers when it has.</summary>
    /// <exception cref="LaunchStepException">execve, or a step after the barrier, failed; the child is gone and reaped.</exception>
    public void Release()
    {
        byte go = 1;
        _ = LibC.write((int)_barrier.DangerousGetHandle(), &go, 1);
        if (ReadReport(out LaunchReport report))
        {
            throw Failure(report);
        }

        _mustDie = false; // the pipe closed itself: that was execve
    }

    public void Dispose()
    {
        _status.Dispose();
        _barrier.Dispose();
        if (_mustDie)
        {
            _mustDie = false;
            _ = LibC.kill(Pid, SigKill);
            Reap(Pid);
        }

        PidFd.Dispose();
    }

    internal void AwaitReady()
    {
        if (!ReadReport(out LaunchReport report))
        {
            throw new LinuxException("launch", "the child died without a word", Errno.ECHILD);
        }

        if (report.Step == LaunchReport.Sibling)
        {
            Reap(Pid); // the helper
            Pid = report.Detail;
            PidFd.Dispose();
            PidFd = OpenPidFd(Pid);
            AwaitReady();
            return;
        }

        if (report.Step != LaunchReport.Ready)
        {
            throw Failure(report);
        }
    }

    private LaunchStepException Failure(LaunchReport report)
        => new(report.Step, _steps[report.Step], (Errno)report.Errno, report.Detail);

    /// <returns>False at the end of the pipe.</returns>
    private bool ReadReport(out LaunchReport report)
    {
        fixed (LaunchReport* buffer = &report)
        {
            nint count;
            do
            {
                count = LibC.read((int)_status.DangerousGetHandle(), (byte*)buffer, (nuint)sizeof(LaunchReport));
            }
            while (count < 0 && LinuxException.LastErrno == Errno.EINTR);

            return count == sizeof(LaunchReport);
        }
    }

    private static SafeFileHandle OpenPidFd(int pid)
    {
        nint fd = LibC.syscall(Abi.SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.FromLastError("pidfd_open", $"{pid}");
    }

    private static void Reap(int pid)
    {
        int status;
        while (LibC.waitpid(pid, &status, 0) < 0 && LinuxException.LastErrno == Errno.EINTR)
        {
        }
    }

    private const int SigKill = 9;
}
