using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int uname(utsname* names);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int sethostname(byte* name, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int setdomainname(byte* name, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint sysconf(int name);
}
