using System.Runtime.InteropServices;

namespace Coracle.Linux;

// What the keeper's loop and its sockets call.
internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int bind(int fd, sockaddr_in6* address, uint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int connect(int fd, sockaddr_in6* address, uint length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int getsockname(int fd, sockaddr_in6* address, uint* length);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint recvfrom(int fd, byte* buffer, nuint length, int flags, sockaddr_in6* from, uint* fromLength);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint sendto(int fd, byte* data, nuint length, int flags, sockaddr_in6* to, uint toLength);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint splice(int from, long* fromOffset, int to, long* toOffset, nuint length, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    /// <param name="happening">A <c>struct epoll_event</c>, which is packed on x64 alone: <see cref="EventQueue"/> knows both forms.</param>
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int epoll_ctl(int queue, int operation, int fd, void* happening);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int epoll_wait(int queue, void* happenings, int most, int milliseconds);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial nint getrandom(void* buffer, nuint length, uint flags);

    [LibraryImport(Name)]
    internal static partial int inet_pton(int family, byte* text, void* address);

    [LibraryImport(Name)]
    internal static partial uint if_nametoindex(byte* name);
}
