using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>
/// The C library, declared as it is: blittable, errno kept, no logic. One file per topic. The names with 64 take 64-bit offsets on
/// every port; on the 64-bit ones they are the same functions.
/// </summary>
internal static unsafe partial class LibC
{
    internal const string Name = "libc";

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int openat64(int directory, byte* path, int flags, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Name, SetLastError = true)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint read(int fd, byte* buffer, nuint count);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint write(int fd, byte* buffer, nuint count);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial long lseek64(int fd, long offset, int whence);

    [LibraryImport(Name, SetLastError = true)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static partial int statx(int directory, byte* path, int flags, uint mask, statx* status);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint getdents64(int fd, byte* buffer, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int mkdirat(int directory, byte* path, uint mode);

    // dev_t is 64 bits in glibc on every port.
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int mknodat(int directory, byte* path, uint mode, ulong device);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int linkat(int fromDirectory, byte* from, int toDirectory, byte* to, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint readlinkat(int directory, byte* path, byte* buffer, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int renameat2(int fromDirectory, byte* from, int toDirectory, byte* to, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fchmod(int fd, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int chmod(byte* path, uint mode);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fchown(int fd, uint uid, uint gid);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fchownat(int directory, byte* path, uint uid, uint gid, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int utimensat(int directory, byte* path, timespec* times, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int futimens(int fd, timespec* times);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fsync(int fd);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int syncfs(int fd);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int flock(int fd, int operation);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int sync_file_range(int fd, long offset, long count, uint flags);

    // Answers the error instead of setting errno.
    [LibraryImport(Name)]
    internal static partial int posix_fadvise64(int fd, long offset, long length, int advice);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fsetxattr(int fd, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int lsetxattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint lgetxattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint llistxattr(byte* path, byte* list, nuint size);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int lremovexattr(byte* path, byte* name);
}
