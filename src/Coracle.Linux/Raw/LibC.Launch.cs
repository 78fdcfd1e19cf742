using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int pipe2(int* descriptors, int flags);

    [LibraryImport(Name, SetLastError = true)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int unshare(int kinds);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int setns(int fd, int kind);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int sethostname(byte* name, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int setdomainname(byte* name, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int socket(int family, int type, int protocol);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
