using System.Diagnostics.CodeAnalysis;

namespace Coracle.Linux;

/// <summary>Files of /proc, /sys and cgroups: they have no length, are read in one go and written with exactly one write.</summary>
public static unsafe class KernelFile
{
    /// <summary>One page of a seq file and then some: enough for everything but lists that grow with the machine.</summary>
    public const int UsualLimit = 64 * 1024;

    private const int ReadStep = 4096;

    /// <param name="maxBytes">EFBIG beyond it.</param>
    public static byte[] Read(string path, int maxBytes = UsualLimit)
        => TryRead(path, out byte[]? content, maxBytes) ? content : throw new LinuxException("open", path, Errno.ENOENT);

    /// <returns>False when there is no such file.</returns>
    public static bool TryRead(string path, [NotNullWhen(true)] out byte[]? content, int maxBytes = UsualLimit)
    {
        int fd = Open(path, Abi.O_RDONLY);
        if (fd < 0)
        {
            content = null;
            return LinuxException.LastErrno is Errno.ENOENT or Errno.ENOTDIR ? false : throw LinuxException.FromLastError("open", path);
        }

        try
        {
            content = ReadToEnd(fd, path, maxBytes);
            return true;
        }
        finally
        {
            _ = LibC.close(fd);
        }
    }

    /// <summary>One write(2), since the kernel takes each one as a whole order.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        int fd = Open(path, Abi.O_WRONLY);
        if (fd < 0)
        {
            throw LinuxException.FromLastError("open", path);
        }

        nint written;
        Errno errno;
        fixed (byte* bytes = content)
        {
            written = LibC.write(fd, bytes, (nuint)content.Length);
            errno = LinuxException.LastErrno;
            _ = LibC.close(fd);
        }

        if (written != content.Length)
        {
            string text = System.Text.Encoding.UTF8.GetString(content).TrimEnd('\n');
            throw new LinuxException("write", $"{path} ({text})", written < 0 ? errno : Errno.EIO);
        }
    }

    /// <summary>Of any file by its path, symbolic links followed: whether it is still the one that was read.</summary>
    public static bool TryStat(string path, out FileStatus status)
    {
        statx raw;
        fixed (byte* cPath = new CText(path, stackalloc byte[CText.StackLength]))
        {
            bool found = LibC.statx(Abi.AT_FDCWD, cPath, 0, Abi.STATX_BASIC_STATS, &raw) == 0;
            status = found ? FileStatus.From(raw) : default;
            return found;
        }
    }

    internal static int Open(string path, int flags)
    {
        fixed (byte* cPath = new CText(path, stackalloc byte[CText.StackLength]))
        {
            return LibC.openat64(Abi.AT_FDCWD, cPath, flags | Abi.O_CLOEXEC | Abi.O_NOCTTY, 0);
        }
    }

    private static byte[] ReadToEnd(int fd, string path, int maxBytes)
    {
        byte[] buffer = new byte[Math.Min(ReadStep, maxBytes + 1)];
        int filled = 0;
        while (true)
        {
            nint got;
            fixed (byte* bytes = buffer)
            {
                got = LibC.read(fd, bytes + filled, (nuint)(buffer.Length - filled));
            }

            if (got < 0 && LinuxException.LastErrno != Errno.EINTR)
            {
                throw LinuxException.FromLastError("read", path);
            }

            filled += Math.Max(0, (int)got);
            if (got == 0)
            {
                return buffer.AsSpan(0, filled).ToArray();
            }

            if (filled > maxBytes)
            {
                throw new LinuxException("read", $"{path} (more than {maxBytes} bytes)", Errno.EFBIG);
            }

            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, maxBytes + 1));
            }
        }
    }
}
