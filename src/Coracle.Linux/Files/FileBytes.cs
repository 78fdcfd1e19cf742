using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Bytes to and from an open file at a given place: one pread or pwrite where the kernel takes it all, and our own error.</summary>
/// <remarks>RandomAccess asks the file's kind and place first (two more calls a file), and says ENOSPC without a name.</remarks>
public static unsafe class FileBytes
{
    /// <exception cref="LinuxException">ENOSPC, EDQUOT, EFBIG, EIO.</exception>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        using var self = new Borrowed(file);
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint written = LibC.pwrite64(self.Fd, start + done, (nuint)(bytes.Length - done), offset + done);
                if (written < 0 && LinuxException.LastErrno != Errno.EINTR)
                {
                    throw LinuxException.FromLastError("write", "file");
                }

                done += (int)Math.Max(written, 0);
            }
        }
    }

    /// <returns>Bytes read; 0 at the end of the file.</returns>
    public static int Read(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        using var self = new Borrowed(file);
        fixed (byte* start = buffer)
        {
            nint read;
            do
            {
                read = LibC.pread64(self.Fd, start, (nuint)buffer.Length, offset);
            }
            while (read < 0 && LinuxException.LastErrno == Errno.EINTR);

            return read >= 0 ? (int)read : throw LinuxException.FromLastError("read", "file");
        }
    }

    /// <summary>Makes the file that long: what is new of it is a hole.</summary>
    /// <exception cref="LinuxException">EFBIG: no file of this file system may be that long.</exception>
    public static void SetLength(SafeFileHandle file, long length)
    {
        using var self = new Borrowed(file);
        if (LibC.ftruncate64(self.Fd, length) != 0)
        {
            throw LinuxException.FromLastError("ftruncate", $"{length}");
        }
    }

    /// <summary>The next byte that is not in a hole, from this one on.</summary>
    /// <returns>-1: there is none up to the end. A file system that keeps no holes calls everything data.</returns>
    /// <exception cref="LinuxException">EIO.</exception>
    public static long NextData(SafeFileHandle file, long offset)
    {
        using var self = new Borrowed(file);
        long data = LibC.lseek64(self.Fd, offset, Abi.SEEK_DATA);
        return data >= 0 ? data : LinuxException.LastErrno == Errno.ENXIO ? -1 : throw LinuxException.FromLastError("lseek", "file");
    }

    /// <summary>Where the data that begins here ends; the end of the file is a hole as well.</summary>
    /// <returns>This offset itself where the file has become shorter meanwhile.</returns>
    /// <exception cref="LinuxException">EIO.</exception>
    public static long NextHole(SafeFileHandle file, long offset)
    {
        using var self = new Borrowed(file);
        long hole = LibC.lseek64(self.Fd, offset, Abi.SEEK_HOLE);
        return hole >= 0 ? hole : LinuxException.LastErrno == Errno.ENXIO ? offset : throw LinuxException.FromLastError("lseek", "file");
    }

    /// <summary>Makes an empty file the same as another one, as long, with the same blocks of the disk: nothing is read or written.</summary>
    /// <param name="to">Open for writing.</param>
    /// <returns>False: this file system cannot (only btrfs, XFS and a few others can), or these two are not on one.</returns>
    /// <exception cref="LinuxException">ENOSPC, EDQUOT, EIO, EPERM.</exception>
    public static bool TryClone(SafeFileHandle from, SafeFileHandle to)
    {
        using var source = new Borrowed(from);
        using var target = new Borrowed(to);
        int result;
        do
        {
            result = LibC.ioctl(target.Fd, Abi.FICLONE, (void*)source.Fd);
        }
        while (result != 0 && LinuxException.LastErrno == Errno.EINTR);

        // ENOTTY: no such call in this kernel's file system at all. EINVAL: the two lie differently, with and without checksums.
        return result == 0 || (LinuxException.LastErrno is Errno.EOPNOTSUPP or Errno.EXDEV or Errno.EINVAL or Errno.ENOTTY
            ? false : throw LinuxException.FromLastError("ioctl", "FICLONE"));
    }

    /// <exception cref="EndOfStreamException">The file ends first.</exception>
    public static void ReadExactly(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        for (int done = 0; done < buffer.Length;)
        {
            int read = Read(file, buffer[done..], offset + done);
            done += read > 0 ? read : throw new EndOfStreamException();
        }
    }
}
