using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>A program in memory that nobody can change any more: a sealed memfd, executed by descriptor.</summary>
public static unsafe class ExecutableImage
{
    /// <param name="name">What /proc shows; at most 249 bytes.</param>
    /// <param name="image">Read to its end, or not at all when the result is null.</param>
    /// <returns>Null where the kernel has no memfd or may not execute one (vm.memfd_noexec=2).</returns>
    public static SafeFileHandle? TryCreate(string name, Stream image)
    {
        SafeFileHandle? file = TryOpen(name);
        if (file is null)
        {
            return null;
        }

        Fill(file, image);
        using var self = new Borrowed(file);
        const int Seals = Abi.F_SEAL_SEAL | Abi.F_SEAL_SHRINK | Abi.F_SEAL_GROW | Abi.F_SEAL_WRITE;
        if (LibC.fchmod(self.Fd, ReadAndExecute) != 0
            || (LibC.fcntl(self.Fd, Abi.F_ADD_SEALS, Seals | SealExecute) != 0 && LibC.fcntl(self.Fd, Abi.F_ADD_SEALS, Seals) != 0))
        {
            throw LinuxException.FromLastError("seal", name);
        }

        return file;
    }

    /// <summary>Writes a program into a new file, through one small buffer.</summary>
    public static void Fill(SafeFileHandle file, Stream image)
    {
        byte[] buffer = new byte[64 * 1024];
        long written = 0;
        for (int count; (count = image.Read(buffer)) > 0; written += count)
        {
            RandomAccess.Write(file, buffer.AsSpan(0, count), written);
        }
    }

    /// <summary>
    /// Whether the program of this process is one whose execute permission nobody can take away (Linux 6.3): root in a container that
    /// can name it could otherwise keep every later one from starting.
    /// </summary>
    public static bool IsThisSealed()
    {
        fixed (byte* self = "/proc/self/exe"u8)
        {
            int fd = LibC.openat64(Abi.AT_FDCWD, self, Abi.O_RDONLY | Abi.O_CLOEXEC, 0);
            int seals = fd < 0 ? 0 : LibC.fcntl(fd, GetSeals, 0);
            _ = LibC.close(fd);
            return seals > 0 && (seals & SealExecute) != 0;
        }
    }

    // fcntl.h of Linux 6.3, which older headers lack.
    private const int SealExecute = 0x20;
    private const int GetSeals = 1034;

    /// <summary>Octal 0500.</summary>
    public const int ReadAndExecute = 0x140;

    private static SafeFileHandle? TryOpen(string name)
    {
        fixed (byte* cName = new CText(name, stackalloc byte[CText.StackLength]))
        {
            const uint Flags = Abi.MFD_CLOEXEC | Abi.MFD_ALLOW_SEALING;
            int fd = LibC.memfd_create(cName, Flags | Abi.MFD_EXEC);
            if (fd < 0 && LinuxException.LastErrno == Errno.EINVAL)
            {
                fd = LibC.memfd_create(cName, Flags); // before 6.3 every memfd is executable
            }

            return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : null;
        }
    }
}
