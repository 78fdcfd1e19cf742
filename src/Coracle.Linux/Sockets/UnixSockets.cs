using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Unix sockets by directory and name. The path of a socket may hold 108 bytes, a data root has more: so the kernel is shown
/// <c>/proc/self/fd/N/name</c>, which is always short.</summary>
/// <remarks>Plain descriptors, because the monitor carries no socket library; <see cref="AsSocket"/> is for those who do.</remarks>
public static unsafe class UnixSockets
{
    /// <summary>
    /// As Go's: the kernel takes the less of it and net.core.somaxconn, which is 4096 since 5.4 and was 128. Of a full one a non-blocking client
    /// is told so (EAGAIN), a blocking one waits.
    /// </summary>
    private const int Backlog = 4096;

    private const int PauseMilliseconds = 10;

    /// <summary>Listens at this name. What is there is replaced: whoever calls owns the directory (holds its lock).</summary>
    /// <param name="mode">Set before anybody can connect.</param>
    public static SafeFileHandle Listen(DirectoryHandle directory, string name, int mode = DirectoryHandle.OwnerOnlyFile)
        => ListenAs(Abi.SOCK_STREAM, directory, name, mode);

    /// <summary>For messages that keep their bounds (<see cref="LocalMessages"/>).</summary>
    public static SafeFileHandle ListenForMessages(DirectoryHandle directory, string name)
        => ListenAs(Abi.SOCK_SEQPACKET, directory, name, DirectoryHandle.OwnerOnlyFile);

    private static SafeFileHandle ListenAs(int type, DirectoryHandle directory, string name, int mode)
    {
        SafeFileHandle socket = Create(type);
        try
        {
            directory.RemoveIfPresent(name);
            WithAddress(directory, name, socket, LibC.bind, "bind");
            directory.SetMode(System.Text.Encoding.UTF8.GetBytes(name), mode);
            using var self = new Borrowed(socket);
            return LibC.listen(self.Fd, Backlog) == 0 ? socket : throw LinuxException.FromLastError("listen", $"{directory}/{name}");
        }
        catch (IOException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>A socket that blocks; one that came to a full queue has waited for its turn, but no longer than this.</returns>
    /// <exception cref="LinuxException">As of the other; EAGAIN once the patience has ended.</exception>
    public static SafeFileHandle Connect(DirectoryHandle directory, string name, TimeSpan patience)
    {
        long deadline = Clock.MonotonicMilliseconds() + (long)patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                SafeFileHandle socket = Connect(directory, name);
                using var self = new Borrowed(socket);
                _ = LibC.fcntl(self.Fd, Abi.F_SETFL, LibC.fcntl(self.Fd, Abi.F_GETFL, 0) & ~Abi.O_NONBLOCK);
                return socket;
            }
            catch (LinuxException full) when (full.Errno == Errno.EAGAIN && Clock.MonotonicMilliseconds() < deadline)
            {
                Thread.Sleep(PauseMilliseconds);
            }
        }
    }

    /// <returns>A socket that never blocks.</returns>
    /// <exception cref="LinuxException">
    /// ENOENT: no such socket. ECONNREFUSED: nobody listens any more. EAGAIN: so many wait already that a blocking call would not return.
    /// </exception>
    public static SafeFileHandle Connect(DirectoryHandle directory, string name) => Connect(directory, name, Abi.SOCK_STREAM);

    /// <inheritdoc cref="Connect(DirectoryHandle, string)"/>
    public static SafeFileHandle ConnectForMessages(DirectoryHandle directory, string name) => Connect(directory, name, Abi.SOCK_SEQPACKET);

    private static SafeFileHandle Connect(DirectoryHandle directory, string name, int type)
    {
        SafeFileHandle socket = Create(type | Abi.SOCK_NONBLOCK);
        try
        {
            WithAddress(directory, name, socket, LibC.connect, "connect");
            return socket;
        }
        catch (IOException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>Null when nobody is waiting (on a non-blocking socket) or the one who was has gone.</returns>
    public static SafeFileHandle? Accept(SafeFileHandle listener, bool nonBlocking)
    {
        using var self = new Borrowed(listener);
        int fd = LibC.accept4(self.Fd, null, null, Abi.SOCK_CLOEXEC | (nonBlocking ? Abi.SOCK_NONBLOCK : 0));
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true)
            : LinuxException.LastErrno is Errno.EAGAIN or Errno.EINTR or Errno.ECONNABORTED ? null
            : throw LinuxException.FromLastError("accept", "unix socket");
    }

    /// <summary>Two ends of one stream.</summary>
    public static (SafeFileHandle First, SafeFileHandle Second) Pair()
    {
        int* pair = stackalloc int[2];
        return LibC.socketpair(Abi.AF_UNIX, Abi.SOCK_STREAM | Abi.SOCK_CLOEXEC, 0, pair) == 0
            ? (new SafeFileHandle(pair[0], ownsHandle: true), new SafeFileHandle(pair[1], ownsHandle: true))
            : throw LinuxException.FromLastError("socketpair", "unix");
    }

    /// <summary>The same descriptor for asynchronous use; the handle given is empty afterwards.</summary>
    public static Socket AsSocket(SafeFileHandle handle)
    {
        var socket = new Socket(new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: true));
        handle.SetHandleAsInvalid();
        handle.Dispose();
        return socket;
    }

    private delegate int AddressCall(int fd, sockaddr_un* address, uint length);

    private static SafeFileHandle Create(int type)
    {
        int fd = LibC.socket(Abi.AF_UNIX, type | Abi.SOCK_CLOEXEC, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.FromLastError("socket", "unix");
    }

    private static void WithAddress(DirectoryHandle directory, string name, SafeFileHandle socket, AddressCall call, string callName)
    {
        using var self = new Borrowed(socket);
        using var parent = new Borrowed(directory);
        sockaddr_un address;
        address.sun_family = Abi.AF_UNIX;
        DirectoryHandle.WriteProcPath(
            new Span<byte>(address.sun_path, sizeof(sockaddr_un) - sizeof(ushort)), parent.Fd, System.Text.Encoding.UTF8.GetBytes(name));
        if (call(self.Fd, &address, (uint)sizeof(sockaddr_un)) != 0)
        {
            throw LinuxException.FromLastError(callName, $"{directory}/{name}");
        }
    }
}
