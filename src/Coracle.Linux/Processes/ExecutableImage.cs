using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>A program in memory that nobody can change any more: a sealed memfd, executed by descriptor.</summary>
public static unsafe class ExecutableImage
{
    /// <param name="name">What /proc shows; at most 249 bytes.</param>
    /// <returns>Null where the kernel has no memfd or may not execute one (vm.memfd_noexec=2).</returns>
    public static SafeFileHandle? TryCreate(string name, ReadOnlySpan<byte> image)
    {
        SafeFileHandle? file = TryOpen(name);
        if (file is null)
        {
            return null;
        }

        RandomAccess.Write(file, image, fileOffset: 0);
        using var self = new Borrowed(file);
        const int Seals = Abi.F_SEAL_SEAL | Abi.F_SEAL_SHRINK | Abi.F_SEAL_GROW | Abi.F_SEAL_WRITE;
        if (LibC.fchmod(self.Fd, ReadAndExecute) != 0 || LibC.fcntl(self.Fd, Abi.F_ADD_SEALS, Seals) != 0)
        {
            throw LinuxException.FromLastError("seal", name);
        }

        return file;
    }

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
