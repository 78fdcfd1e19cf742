using System.Runtime.InteropServices;

namespace Coracle.Linux;

internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int bind(int fd, sockaddr_nl* address, uint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int getsockname(int fd, sockaddr_nl* address, uint* length);
}
