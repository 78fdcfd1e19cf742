using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>What is done to a file that is open already: owner, mode, times, attributes, status, sync.</summary>
public static unsafe class OpenFile
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>For reading, by a path that the person at the keyboard has named: links are followed, pipes and devices are as good as files.</summary>
    /// <exception cref="LinuxException">It is not there, or may not be read.</exception>
    public static SafeFileHandle Read(string path)
    {
        int descriptor = KernelFile.Open(path, Abi.O_RDONLY);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LinuxException.FromLastError("open", path);
    }

    public static FileStatus Status(SafeFileHandle file)
    {
        using var self = new Borrowed(file);
        return DirectoryHandle.StatusOf(self.Fd, "open file");
    }

    /// <inheritdoc cref="DirectoryHandle.SetOwner"/>
    public static void SetOwner(SafeFileHandle file, uint uid, uint gid)
    {
        using var self = new Borrowed(file);
        Check(LibC.fchown(self.Fd, uid, gid), "fchown");
    }

    /// <inheritdoc cref="DirectoryHandle.SetMode"/>
    public static void SetMode(SafeFileHandle file, int mode)
    {
        using var self = new Borrowed(file);
        Check(LibC.fchmod(self.Fd, (uint)mode), "fchmod");
    }

    /// <inheritdoc cref="DirectoryHandle.SetModified"/>
    public static void SetModified(SafeFileHandle file, long nanoseconds)
    {
        using var self = new Borrowed(file);
        timespec* times = stackalloc timespec[2];
        times[0] = times[1] = Timespec(nanoseconds);
        Check(LibC.futimens(self.Fd, times), "futimens");
    }

    /// <inheritdoc cref="DirectoryHandle.SetExtendedAttribute"/>
    public static void SetExtendedAttribute(SafeFileHandle file, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        using var self = new Borrowed(file);
        fixed (byte* cAttribute = new CText(attribute, stackalloc byte[CText.StackLength]), cValue = value)
        {
            Check(LibC.fsetxattr(self.Fd, cAttribute, cValue, (nuint)value.Length, flags: 0), "fsetxattr");
        }
    }

    /// <summary>fsync: content and length survive a power cut; the name does when its directory is synced too.</summary>
    public static void Sync(SafeFileHandle file)
    {
        using var self = new Borrowed(file);
        Check(LibC.fsync(self.Fd), "fsync");
    }

    internal static timespec Timespec(long nanoseconds)
    {
        (long seconds, long rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + NanosecondsPerSecond); // before 1970: tv_nsec is never negative
        }

        return new timespec { tv_sec = (nint)seconds, tv_nsec = (nint)rest };
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw LinuxException.FromLastError(call, "open file");
        }
    }
}
