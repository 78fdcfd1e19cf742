namespace Coracle.Linux;

/// <summary>How a process ended.</summary>
public readonly struct WaitStatus
{
    private readonly int _raw;

    internal WaitStatus(int raw) => _raw = raw;

    private int Signal => _raw & 0x7F;

    /// <summary>As a shell and Docker say it: the status, or 128 + N when signal N ended it.</summary>
    public int ExitCode => Signal != 0 ? 128 + Signal : (_raw >> 8) & 0xFF;
}

/// <summary>Takes the exit statuses of this process's children, own and adopted.</summary>
public static unsafe class ChildReaper
{
    /// <returns>The pid of one that has ended, which is free for reuse from now on; 0 when none has.</returns>
    public static int ReapAny(out WaitStatus status) => Wait(pid: -1, Abi.WNOHANG | Abi.__WALL, out status);

    /// <summary>Waits until this child has ended. False when it is not (or no longer) a child of ours.</summary>
    public static bool Reap(int pid, out WaitStatus status) => Wait(pid, Abi.__WALL, out status) == pid;

    /// <summary>Whether this child had ended; it is gone for good if so, or if it was not a child of ours.</summary>
    public static bool TryReap(int pid)
    {
        int raw;
        int reaped = LibC.wait4(pid, &raw, Abi.WNOHANG | Abi.__WALL, null);
        return reaped == pid || (reaped < 0 && LinuxException.LastErrno == Errno.ECHILD);
    }

    private static int Wait(int pid, int options, out WaitStatus status)
    {
        int raw = 0;
        int reaped;
        do
        {
            reaped = LibC.wait4(pid, &raw, options, null);
        }
        while (reaped < 0 && LinuxException.LastErrno == Errno.EINTR);

        status = new WaitStatus(raw);
        return Math.Max(reaped, 0);
    }
}
