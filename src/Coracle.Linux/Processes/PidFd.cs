using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>A process by a descriptor, which stands for it and for no later one with its number.</summary>
public static unsafe class PidFd
{
    /// <exception cref="LinuxException">ESRCH: there is none (any more).</exception>
    public static SafeFileHandle Open(int pid)
    {
        int fd = (int)LibC.syscall(Abi.SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.FromLastError("pidfd_open", $"{pid}");
    }

    public static bool HasEnded(SafeHandle pidFd)
    {
        using var self = new Borrowed(pidFd);
        var watched = new pollfd { fd = self.Fd, events = Abi.POLLIN };
        return LibC.poll(&watched, 1, 0) > 0 && watched.revents != 0;
    }
}
