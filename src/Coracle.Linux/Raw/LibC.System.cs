using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static partial int mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int umount2(byte* target, int flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport(Name)]
    internal static partial int getpid();
}
