namespace Coracle.Linux;

public sealed unsafe partial class NetlinkSocket
{
    /// <summary>One datagram, if one is there.</summary>
    /// <param name="datagram">Valid until the next call on this socket.</param>
    /// <exception cref="LinuxException">ENOBUFS: messages were lost, because they came faster than they were read.</exception>
    public bool TryReceive(out ReadOnlySpan<byte> datagram)
    {
        using var self = new Borrowed(_socket);
        while (true)
        {
            // Asked for its length first: one message may be longer than any buffer chosen in advance, and a datagram is read only once.
            int length = ReceiveRaw(self.Fd, Abi.MSG_PEEK, out _);
            if (length < 0)
            {
                datagram = default;
                return false;
            }

            if (length > _received.Length)
            {
                _received = new byte[NetlinkWriter.Align(length)];
            }

            length = ReceiveRaw(self.Fd, 0, out uint sender);
            if (length > _received.Length)
            {
                throw new LinuxException("recvmsg", $"netlink message of {length} bytes", Errno.EMSGSIZE);
            }

            // Any process may send to our port; only port 0 is the kernel.
            if (length >= 0 && sender == 0)
            {
                datagram = _received.AsSpan(0, length);
                return true;
            }
        }
    }

    /// <summary>Until there is something to read.</summary>
    /// <param name="milliseconds">-1 for ever.</param>
    /// <returns>False when the time is over.</returns>
    public bool Wait(int milliseconds)
    {
        using var self = new Borrowed(_socket);
        var entry = new pollfd { fd = self.Fd, events = Abi.POLLIN };
        int ready = LibC.poll(&entry, 1, milliseconds);
        if (ready < 0 && LinuxException.LastErrno != Errno.EINTR)
        {
            throw LinuxException.FromLastError("poll", "netlink");
        }

        return ready != 0; // interrupted: the caller looks for itself
    }

    private bool Wait() => Wait(LongestWait) ? true : throw new LinuxException("netlink", "no answer", Errno.ETIMEDOUT);

    /// <summary>What is left of an answer that nobody wants any more.</summary>
    private void Drain()
    {
        for (bool more = true; more;)
        {
            try
            {
                more = TryReceive(out _);
            }
            catch (LinuxException lost) when (lost.Errno == Errno.ENOBUFS)
            {
                // Even better: less to read.
            }
        }
    }

    /// <param name="first">The sequence number of the first message; the others follow.</param>
    /// <returns>How many answers will come at least.</returns>
    private int Transmit(NetlinkWriter batch, out uint first)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batch.Count);
        first = _sequence + 1;
        _sequence += (uint)batch.Count;
        int awaited = batch.Number(first);
        using var self = new Borrowed(_socket);
        if (batch.Length > _sendRoom && TrySet(self.Fd, Abi.SOL_SOCKET, Abi.SO_SNDBUFFORCE, batch.Length))
        {
            _sendRoom = batch.Length;
        }

        sockaddr_nl kernel = new() { nl_family = Abi.AF_NETLINK };
        fixed (byte* bytes = batch.Written)
        {
            var vector = new iovec { iov_base = bytes, iov_len = (nuint)batch.Length };
            var message = new msghdr { msg_name = &kernel, msg_namelen = (uint)sizeof(sockaddr_nl), msg_iov = &vector, msg_iovlen = 1 };
            while (LibC.sendmsg(self.Fd, &message, 0) < 0)
            {
                if (LinuxException.LastErrno != Errno.EINTR)
                {
                    throw LinuxException.FromLastError("sendmsg", $"netlink, {batch.Length} bytes");
                }
            }
        }

        return awaited;
    }

    /// <returns>The whole length of the datagram, which may be more than was read; -1 when there is none.</returns>
    private int ReceiveRaw(int fd, int peek, out uint sender)
    {
        sockaddr_nl from = default;
        fixed (byte* bytes = _received)
        {
            var vector = new iovec { iov_base = bytes, iov_len = peek != 0 ? 0 : (nuint)_received.Length };
            var message = new msghdr { msg_name = &from, msg_namelen = (uint)sizeof(sockaddr_nl), msg_iov = &vector, msg_iovlen = 1 };
            while (true)
            {
                nint length = LibC.recvmsg(fd, &message, Abi.MSG_DONTWAIT | Abi.MSG_TRUNC | peek);
                if (length >= 0)
                {
                    sender = from.nl_pid;
                    return (int)length;
                }

                switch (LinuxException.LastErrno)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        sender = 0;
                        return -1;
                    default:
                        throw LinuxException.FromLastError("recvmsg", "netlink");
                }
            }
        }
    }

    private static uint Bind(int fd)
    {
        sockaddr_nl address = new() { nl_family = Abi.AF_NETLINK };
        uint length = (uint)sizeof(sockaddr_nl);
        if (LibC.bind(fd, &address, length) != 0)
        {
            throw LinuxException.FromLastError("bind", "AF_NETLINK");
        }

        return LibC.getsockname(fd, &address, &length) == 0 ? address.nl_pid : throw LinuxException.FromLastError("getsockname", "AF_NETLINK");
    }

    private static bool TrySet(int fd, int level, int option, int value)
        => LibC.setsockopt(fd, level, option, &value, sizeof(int)) == 0;
}
