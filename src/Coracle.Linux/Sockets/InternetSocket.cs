namespace Coracle.Linux;

public enum TransportProtocol : byte
{
    Tcp = 6,
    Udp = 17,
    Sctp = 132,
}

/// <summary>Internet sockets of a poll loop: never blocking, close-on-exec, errors as answers where a peer decides about them.</summary>
public static unsafe class InternetSocket
{
    /// <summary>What waits beyond it is told by the kernel to try again; of a port that the kernel forwards nobody waits here at all.</summary>
    private const int Backlog = 128;

    /// <summary>The kernel makes it its least, about 2 KB: what comes to a socket that only holds its port is not to pile up.</summary>
    private const int LeastBuffer = 1;

    /// <summary>Takes a port of this machine: while the descriptor lives nobody else can bind it.</summary>
    /// <remarks>
    /// TCP and SCTP with SO_REUSEADDR and listening: without the first what is left of ended connections (TIME_WAIT) would hold the port
    /// for a minute, without the second another who sets it too could bind beside us. UDP without: there it means to share.
    /// </remarks>
    /// <param name="at">Port 0: any that is free.</param>
    /// <exception cref="LinuxException">EADDRINUSE, EADDRNOTAVAIL; EPROTONOSUPPORT, ESOCKTNOSUPPORT where the kernel has no SCTP; EAFNOSUPPORT without IPv6.</exception>
    public static Descriptor Hold(TransportProtocol protocol, in InternetEndpoint at)
    {
        Descriptor socket = Create(protocol, at.Family);
        try
        {
            if (at.IsV6)
            {
                Set(socket, Abi.IPPROTO_IPV6, Abi.IPV6_V6ONLY, 1);
            }

            if (protocol != TransportProtocol.Udp)
            {
                Set(socket, Abi.SOL_SOCKET, Abi.SO_REUSEADDR, 1);
            }

            sockaddr_in6 address;
            uint length = at.Write(&address);
            if (LibC.bind(socket.Number, &address, length) != 0)
            {
                throw LinuxException.FromLastError("bind", "port");
            }

            if (protocol != TransportProtocol.Udp && LibC.listen(socket.Number, Backlog) != 0)
            {
                throw LinuxException.FromLastError("listen", "port");
            }

            return socket;
        }
        catch (IOException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>On its way to a peer: writable when it is there or has failed (<see cref="PendingError"/>).</summary>
    /// <returns>Null, with the errno, when it failed at once.</returns>
    public static Descriptor? TryConnect(TransportProtocol protocol, in InternetEndpoint to, out Errno errno)
    {
        errno = Errno.None;
        int fd = LibC.socket(to.Family, TypeOf(protocol) | Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK, (int)protocol);
        if (fd < 0)
        {
            errno = LinuxException.LastErrno;
            return null;
        }

        Descriptor socket = Descriptor.FromResult(fd, "socket", "");
        sockaddr_in6 address;
        uint length = to.Write(&address);
        if (LibC.connect(fd, &address, length) != 0 && LinuxException.LastErrno != Errno.EINPROGRESS)
        {
            errno = LinuxException.LastErrno;
            socket.Dispose();
            return null;
        }

        return socket;
    }

    /// <returns>Null, with the errno, when nobody waits (any more) or nobody more can be taken in.</returns>
    public static Descriptor? TryAccept(Descriptor listener, out Errno errno)
    {
        int fd = LibC.accept4(listener.Number, null, null, Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK);
        errno = fd >= 0 ? Errno.None : LinuxException.LastErrno;
        return fd >= 0 ? Descriptor.FromResult(fd, "accept", "") : null;
    }

    /// <summary>One datagram, at most so much of it; never waits.</summary>
    public static IoCount ReceiveFrom(Descriptor socket, Span<byte> buffer, out InternetEndpoint from)
    {
        sockaddr_in6 address = default;
        uint length = (uint)sizeof(sockaddr_in6);
        fixed (byte* bytes = buffer)
        {
            IoCount count = IoCount.From(LibC.recvfrom(socket.Number, bytes, (nuint)buffer.Length, Abi.MSG_DONTWAIT, &address, &length));
            from = InternetEndpoint.Read(&address);
            return count;
        }
    }

    /// <inheritdoc cref="ReceiveFrom"/>
    public static IoCount SendTo(Descriptor socket, ReadOnlySpan<byte> data, in InternetEndpoint to)
    {
        sockaddr_in6 address;
        uint length = to.Write(&address);
        fixed (byte* bytes = data)
        {
            return IoCount.From(LibC.sendto(socket.Number, bytes, (nuint)data.Length, Abi.MSG_DONTWAIT | Abi.MSG_NOSIGNAL, &address, length));
        }
    }

    /// <summary>Bytes from one descriptor to another inside the kernel; one of the two is a pipe.</summary>
    public static IoCount Splice(Descriptor from, Descriptor to, int most)
        => IoCount.From(LibC.splice(from.Number, null, to.Number, null, (nuint)most, Abi.SPLICE_F_MOVE | Abi.SPLICE_F_NONBLOCK));

    /// <summary>Why a connection failed; None when it has not.</summary>
    public static Errno PendingError(Descriptor socket) => (Errno)Get(socket, Abi.SOL_SOCKET, Abi.SO_ERROR);

    /// <summary>Whether it is a socket of the internet with messages (UDP), or one with connections.</summary>
    /// <returns>False when it is neither.</returns>
    public static bool TryDescribe(Descriptor socket, out bool isDatagram, out InternetEndpoint at)
    {
        sockaddr_in6 address = default;
        uint length = (uint)sizeof(sockaddr_in6);
        int type = Get(socket, Abi.SOL_SOCKET, Abi.SO_TYPE);
        isDatagram = type == Abi.SOCK_DGRAM;
        at = LibC.getsockname(socket.Number, &address, &length) == 0 ? InternetEndpoint.Read(&address) : default;
        return at.Length != 0 && (isDatagram || type == Abi.SOCK_STREAM);
    }

    /// <summary>Its peer is told that the connection failed, and nothing of it stays behind.</summary>
    public static void Reset(Descriptor socket)
    {
        var now = new linger { l_onoff = 1 };
        _ = LibC.setsockopt(socket.Number, Abi.SOL_SOCKET, Abi.SO_LINGER, &now, (uint)sizeof(linger));
        socket.Dispose();
    }

    /// <summary>A peer whose machine vanished is found out some day.</summary>
    public static void KeepAlive(Descriptor socket) => TrySet(socket, Abi.SOL_SOCKET, Abi.SO_KEEPALIVE, 1);

    /// <summary>For a socket that nobody reads.</summary>
    public static void ShrinkReceiveBuffer(Descriptor socket) => TrySet(socket, Abi.SOL_SOCKET, Abi.SO_RCVBUF, LeastBuffer);

    private static Descriptor Create(TransportProtocol protocol, int family)
        => Descriptor.FromResult(LibC.socket(family, TypeOf(protocol) | Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK, (int)protocol), "socket", "port");

    private static int TypeOf(TransportProtocol protocol) => protocol == TransportProtocol.Udp ? Abi.SOCK_DGRAM : Abi.SOCK_STREAM;

    private static int Get(Descriptor socket, int level, int option)
    {
        int value = 0;
        uint length = sizeof(int);
        return LibC.getsockopt(socket.Number, level, option, &value, &length) == 0 ? value : (int)LinuxException.LastErrno;
    }

    private static void Set(Descriptor socket, int level, int option, int value)
    {
        if (LibC.setsockopt(socket.Number, level, option, &value, sizeof(int)) != 0)
        {
            throw LinuxException.FromLastError("setsockopt", "port");
        }
    }

    private static void TrySet(Descriptor socket, int level, int option, int value)
        => _ = LibC.setsockopt(socket.Number, level, option, &value, sizeof(int));
}
