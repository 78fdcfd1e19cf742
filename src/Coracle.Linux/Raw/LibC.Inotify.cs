using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int inotify_add_watch(int fd, byte* path, uint mask);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int inotify_rm_watch(int fd, int watch);
}
