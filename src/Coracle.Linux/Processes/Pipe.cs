using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Both ends of a pipe of ours, close-on-exec; closes what was not taken.</summary>
internal sealed unsafe class Pipe : IDisposable
{
    private SafeFileHandle? _read;
    private SafeFileHandle? _write;

    private Pipe(SafeFileHandle read, SafeFileHandle write)
    {
        _read = read;
        _write = write;
    }

    internal int Read => (int)_read!.DangerousGetHandle();

    internal int Write => (int)_write!.DangerousGetHandle();

    /// <param name="first">The lowest descriptor number that either end may have.</param>
    internal static Pipe Create(int first)
    {
        int* ends = stackalloc int[2];
        if (LibC.pipe2(ends, Abi.O_CLOEXEC) != 0)
        {
            throw LinuxException.FromLastError("pipe", "");
        }

        return new Pipe(Raised(ends[0], first), Raised(ends[1], first));
    }

    internal SafeFileHandle TakeRead() => Take(ref _read);

    internal SafeFileHandle TakeWrite() => Take(ref _write);

    internal void CloseRead() => Take(ref _read).Dispose();

    internal void CloseWrite() => Take(ref _write).Dispose();

    public void Dispose()
    {
        _read?.Dispose();
        _write?.Dispose();
    }

    private static SafeFileHandle Take(ref SafeFileHandle? end)
    {
        SafeFileHandle taken = end!;
        end = null;
        return taken;
    }

    private static SafeFileHandle Raised(int fd, int first)
    {
        int raised = LibC.fcntl(fd, Abi.F_DUPFD_CLOEXEC, first);
        Errno errno = raised < 0 ? LinuxException.LastErrno : 0;
        _ = LibC.close(fd);
        return raised >= 0 ? new SafeFileHandle(raised, ownsHandle: true) : throw new LinuxException("dup", "pipe", errno);
    }
}
