using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>A signal to exactly the process that a pidfd stands for: its number may be another's by now.</summary>
public static class ProcessSignal
{
    /// <exception cref="LinuxException">ESRCH: it has ended.</exception>
    public static void Send(SafeHandle pidFd, int signal)
    {
        using var self = new Borrowed(pidFd);
        if (LibC.syscall(Abi.SYS_pidfd_send_signal, self.Fd, signal, 0, 0, 0, 0) != 0)
        {
            throw LinuxException.FromLastError("pidfd_send_signal", "process");
        }
    }

    /// <summary>SIGKILL by number: only for a child that this process has not reaped, whose number can be nobody else's.</summary>
    /// <returns>False when there is no such process.</returns>
    public static bool TryKillChild(int pid) => LibC.kill(pid, SigKill) == 0;

    private const int SigKill = 9;
}
