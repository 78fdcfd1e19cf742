namespace Coracle.Linux;

/// <summary>openat2(2), Linux 5.6: the kernel itself keeps a path inside a directory.</summary>
internal static unsafe class OpenAt2
{
    /// <summary>The kernel gives EAGAIN when a ".." met a rename anywhere on the machine; it asks for a second try, not for ever.</summary>
    private const int MaxTries = 128;

    /// <summary>A fact about the kernel, found once. Seccomp profiles older than the call answer EPERM for it.</summary>
    internal static bool Exists { get; } = Probe();

    /// <returns>A descriptor, or -1 with errno.</returns>
    internal static int OpenInRoot(int root, ReadOnlySpan<byte> path, int flags)
    {
        var text = new CText(path.IsEmpty ? "."u8 : path, stackalloc byte[CText.StackLength]);
        fixed (byte* cPath = text)
        {
            int fd;
            int tries = 0;
            do
            {
                fd = Call(root, cPath, flags, Abi.RESOLVE_IN_ROOT | Abi.RESOLVE_NO_MAGICLINKS);
            }
            while (fd < 0 && LinuxException.LastErrno is Errno.EAGAIN or Errno.EINTR && ++tries < MaxTries);

            return fd;
        }
    }

    private static int Call(int directory, byte* path, int flags, int resolve)
    {
        var how = new open_how { flags = (ulong)(uint)(flags | Abi.O_CLOEXEC), mode = 0, resolve = (ulong)resolve };
        return (int)LibC.syscall((int)Abi.SYS_openat2, directory, (nint)path, (nint)(&how), sizeof(open_how), 0, 0);
    }

    private static bool Probe()
    {
        fixed (byte* dot = "."u8) // a u8 literal is followed by a NUL in the file
        {
            int fd = Call(Abi.AT_FDCWD, dot, Abi.O_PATH | Abi.O_DIRECTORY, Abi.RESOLVE_IN_ROOT);
            if (fd < 0)
            {
                return LinuxException.LastErrno is not (Errno.ENOSYS or Errno.EPERM);
            }

            _ = LibC.close(fd);
            return true;
        }
    }
}
