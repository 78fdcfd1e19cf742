using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int uname(utsname* names);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint sysconf(int name);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int madvise(void* start, nuint length, int advice);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int sched_getaffinity(int pid, nuint size, void* mask);
}
