using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint pwrite64(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint pread64(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int fstatvfs64(int fd, statvfs64* status);
}

/// <summary>bits/statvfs.h. The tail is larger than any port's: glibc grew it by a type and spare words.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct statvfs64
{
    internal nuint f_bsize;
    internal nuint f_frsize;
    internal ulong f_blocks;
    internal ulong f_bfree;
    internal ulong f_bavail;
    internal ulong f_files;
    internal ulong f_ffree;
    internal ulong f_favail;
    internal fixed byte tail[64];
}
