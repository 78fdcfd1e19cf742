using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Keeps what the engine writes from pushing out what the device's application reads.</summary>
/// <remarks>
/// DONTNEED does nothing to dirty pages, so a file is written in windows: <see cref="StartWriting"/> the new one, then
/// <see cref="WriteAndDrop"/> the one before it, which is on disk by then. None of this is durability: metadata and the disk's own cache are not
/// flushed, only fsync and syncfs do that. File systems that cannot (ENOSYS, ESPIPE, EINVAL) are left alone: it is only advice.
/// </remarks>
public static class PageCache
{
    /// <summary>Asks the kernel to write these dirty pages now; does not wait.</summary>
    /// <param name="length">Bytes; 0 is to the end of the file.</param>
    public static void StartWriting(SafeFileHandle file, long offset, long length)
        => SyncRange(file, offset, length, Abi.SYNC_FILE_RANGE_WRITE);

    /// <summary>Waits until these pages are written, then takes them out of the cache.</summary>
    /// <exception cref="LinuxException">EIO, ENOSPC: writing them failed.</exception>
    public static void WriteAndDrop(SafeFileHandle file, long offset, long length)
    {
        SyncRange(file, offset, length, Abi.SYNC_FILE_RANGE_WAIT_BEFORE | Abi.SYNC_FILE_RANGE_WRITE | Abi.SYNC_FILE_RANGE_WAIT_AFTER);
        Drop(file, offset, length);
    }

    /// <summary>Takes clean pages out of the cache.</summary>
    public static void Drop(SafeFileHandle file, long offset, long length)
    {
        using var self = new Borrowed(file);
        _ = LibC.posix_fadvise64(self.Fd, offset, length, Abi.POSIX_FADV_DONTNEED);
    }

    private static void SyncRange(SafeFileHandle file, long offset, long length, int flags)
    {
        using var self = new Borrowed(file);
        if (LibC.sync_file_range(self.Fd, offset, length, (uint)flags) != 0
            && LinuxException.LastErrno is Errno.EIO or Errno.ENOSPC or Errno.ENOMEM or Errno.EDQUOT)
        {
            throw LinuxException.FromLastError("sync_file_range", $"{offset}+{length}");
        }
    }
}
