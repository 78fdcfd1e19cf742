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

/// <summary>How far a child is.</summary>
public enum LaunchProgress
{
    /// <summary>No news.</summary>
    OnItsWay,

    /// <summary>It is in the PID namespace that it was to join: <see cref="LaunchedChild.Pid"/> and PidFd are others now.</summary>
    Inside,

    /// <summary>It waits before its execve for <see cref="LaunchedChild.Go"/>.</summary>
    Ready,

    /// <summary>It has become its program, or was killed on the last step to it.</summary>
    Executed,
}

/// <summary>
/// A process of a <see cref="LaunchPlan"/>. Disposing one that has not executed kills and reaps it; after <see cref="Release"/> (or
/// <see cref="LaunchProgress.Executed"/>) it is the caller's to wait for, and disposing only closes the descriptors.
/// </summary>
public sealed unsafe class LaunchedChild : IDisposable
{
    private const int SigKill = 9;

    // What reading gave when it was not a report.
    private const int Nothing = -1;
    private const int AtEnd = 0;

    private readonly IReadOnlyList<LaunchStepWords> _steps;
    private readonly SafeFileHandle _barrier;
    private bool _released;
    private bool _mustDie = true;

    internal LaunchedChild(IReadOnlyList<LaunchStepWords> steps, int pid, int pidFd, SafeFileHandle status, SafeFileHandle barrier)
    {
        _steps = steps;
        Status = status;
        _barrier = barrier;
        Pid = pid;
        PidFd = new SafeFileHandle(pidFd, ownsHandle: true);
    }

    /// <summary>In the PID namespace of the caller.</summary>
    public int Pid { get; private set; }

    /// <summary>Readable in poll when the process has ended.</summary>
    public SafeFileHandle PidFd { get; private set; }

    /// <summary>Readable in poll when <see cref="Advance"/> has news.</summary>
    public SafeFileHandle Status { get; }

    /// <summary>From now on <see cref="Advance"/> never waits.</summary>
    public void SetNonBlocking()
    {
        int fd = (int)Status.DangerousGetHandle();
        _ = LibC.fcntl(fd, Abi.F_SETFL, LibC.fcntl(fd, Abi.F_GETFL, 0) | Abi.O_NONBLOCK);
    }

    /// <summary>Takes the next news of it, waiting for it unless told not to.</summary>
    /// <exception cref="LaunchStepException">A step failed; to be disposed of.</exception>
    /// <exception cref="LinuxException">It died without a word.</exception>
    public LaunchProgress Advance()
    {
        switch (ReadReport(out LaunchReport report))
        {
            case Nothing:
                return LaunchProgress.OnItsWay;
            case AtEnd when _released:
                _mustDie = false; // the pipe closed itself: that was execve
                return LaunchProgress.Executed;
            case AtEnd:
                throw new LinuxException("launch", "the child died without a word", Errno.ECHILD);
        }

        switch (report.Step)
        {
            case LaunchReport.Ready:
                return LaunchProgress.Ready;
            case LaunchReport.Sibling:
                FollowSibling(report.Detail);
                return LaunchProgress.Inside;
            default:
                throw new LaunchStepException(report.Step, _steps[report.Step], (Errno)report.Errno, report.Detail);
        }
    }

    /// <summary>Lets it execute; whether it has, <see cref="Advance"/> tells.</summary>
    public void Go()
    {
        _released = true;
        Word();
    }

    /// <summary>Lets it execute and answers when it has.</summary>
    /// <exception cref="LaunchStepException">execve, or a step after the barrier, failed; to be disposed of.</exception>
    public void Release()
    {
        Go();
        while (Advance() != LaunchProgress.Executed)
        {
        }
    }

    /// <summary>Unless it has executed: kills it and leaves it to the caller to reap, who must not wait for what may hang in the kernel.</summary>
    public void Kill()
    {
        if (_mustDie)
        {
            _mustDie = false;
            _ = LibC.syscall(Abi.SYS_pidfd_send_signal, (int)PidFd.DangerousGetHandle(), SigKill, 0, 0, 0, 0);
        }
    }

    public void Dispose()
    {
        Status.Dispose();
        _barrier.Dispose();
        if (_mustDie)
        {
            Kill();
            Reap(Pid);
        }

        PidFd.Dispose();
    }

    /// <summary>The helper has made the one that walks on, and is gone.</summary>
    private void FollowSibling(int pid)
    {
        Reap(Pid);
        Pid = pid;
        PidFd.Dispose();
        PidFd = OpenPidFd(pid); // it waits for our word, so it is there, or a zombie of ours
        Word();
    }

    private void Word()
    {
        byte go = 1;
        _ = LibC.write((int)_barrier.DangerousGetHandle(), &go, 1);
    }

    /// <returns>Its length, or one of the above.</returns>
    private int ReadReport(out LaunchReport report)
    {
        fixed (LaunchReport* buffer = &report)
        {
            nint count;
            do
            {
                count = LibC.read((int)Status.DangerousGetHandle(), (byte*)buffer, (nuint)sizeof(LaunchReport));
            }
            while (count < 0 && LinuxException.LastErrno == Errno.EINTR);

            return count == sizeof(LaunchReport) ? (int)count : count < 0 && LinuxException.LastErrno == Errno.EAGAIN ? Nothing : AtEnd;
        }
    }

    private static SafeFileHandle OpenPidFd(int pid)
    {
        nint fd = LibC.syscall(Abi.SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
        if (fd < 0 && LinuxException.LastErrno is Errno.ENOSYS or Errno.EPERM)
        {
            // Before 5.3, and under an older seccomp profile, its directory in /proc is what a signal can be sent to: it stays this process's, whoever gets the number.
            fixed (byte* path = new CText($"/proc/{pid}", stackalloc byte[CText.StackLength]))
            {
                fd = LibC.openat64(Abi.AT_FDCWD, path, Abi.O_RDONLY | Abi.O_DIRECTORY | Abi.O_CLOEXEC, 0);
            }
        }

        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.FromLastError("pidfd_open", $"{pid}");
    }

    private static void Reap(int pid)
    {
        int status;
        while (LibC.waitpid(pid, &status, 0) < 0 && LinuxException.LastErrno == Errno.EINTR)
        {
        }
    }
}
