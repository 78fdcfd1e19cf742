using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// A descriptor that a poll loop owns: close-on-exec, and non-blocking where it is ours alone. Its calls never throw: that a pipe
/// is full or a peer has gone is an answer, not an accident.
/// </summary>
/// <remarks>No finalizer: who loses one leaks it until the process ends. For one thread.</remarks>
public sealed unsafe class Descriptor : IDisposable
{
    private const int Closed = -1;

    private Descriptor(int number) => Number = number;

    public int Number { get; private set; }

    public bool IsClosed => Number == Closed;

    /// <summary>Takes over a descriptor that nobody else will close; it becomes close-on-exec.</summary>
    public static Descriptor Adopt(int number)
    {
        var adopted = new Descriptor(number);
        return LibC.fcntl(number, Abi.F_SETFD, Abi.FD_CLOEXEC) == 0 ? adopted : throw LinuxException.FromLastError("fcntl", "descriptor");
    }

    /// <summary>Takes over the descriptor of a handle, which is closed for its former owner from now on.</summary>
    public static Descriptor Adopt(SafeHandle handle)
    {
        int number = (int)handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        handle.Dispose();
        return new Descriptor(number);
    }

    /// <summary>Gives the descriptor away; this object is closed from now on.</summary>
    public SafeFileHandle ToHandle()
    {
        var handle = new SafeFileHandle(Number, ownsHandle: true);
        Number = Closed;
        return handle;
    }

    /// <summary>Both ends block until told otherwise: what one does with <see cref="SetNonBlocking"/> is its end's own affair.</summary>
    public static void CreatePipe(out Descriptor reading, out Descriptor writing)
    {
        int* ends = stackalloc int[2];
        if (LibC.pipe2(ends, Abi.O_CLOEXEC) != 0)
        {
            throw LinuxException.FromLastError("pipe2", "");
        }

        reading = new Descriptor(ends[0]);
        writing = new Descriptor(ends[1]);
    }

    /// <summary>A connected pair of unix stream sockets.</summary>
    public static void CreateSocketPair(out Descriptor one, out Descriptor other)
    {
        int* ends = stackalloc int[2];
        if (LibC.socketpair(Abi.AF_UNIX, Abi.SOCK_STREAM | Abi.SOCK_CLOEXEC, 0, ends) != 0)
        {
            throw LinuxException.FromLastError("socketpair", "");
        }

        one = new Descriptor(ends[0]);
        other = new Descriptor(ends[1]);
    }

    internal static Descriptor FromResult(int fd, string call, string subject)
        => fd >= 0 ? new Descriptor(fd) : throw LinuxException.FromLastError(call, subject);

    /// <summary>Of the open file description: everyone who holds a duplicate is non-blocking too.</summary>
    public void SetNonBlocking()
    {
        int flags = LibC.fcntl(Number, Abi.F_GETFL, 0);
        if (flags < 0 || LibC.fcntl(Number, Abi.F_SETFL, flags | Abi.O_NONBLOCK) != 0)
        {
            throw LinuxException.FromLastError("fcntl", "descriptor");
        }
    }

    public IoCount Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return IoCount.From(LibC.read(Number, start, (nuint)buffer.Length));
        }
    }

    public IoCount Write(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            return IoCount.From(LibC.write(Number, start, (nuint)data.Length));
        }
    }

    /// <summary>Both parts as one message to a socket; never waits, never raises SIGPIPE.</summary>
    public IoCount Send(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        fixed (byte* one = first, two = second)
        {
            iovec* parts = stackalloc iovec[2];
            parts[0] = new iovec { iov_base = one, iov_len = (nuint)first.Length };
            parts[1] = new iovec { iov_base = two, iov_len = (nuint)second.Length };
            var message = new msghdr { msg_iov = parts, msg_iovlen = 2 };
            return IoCount.From(LibC.sendmsg(Number, &message, Abi.MSG_DONTWAIT | Abi.MSG_NOSIGNAL));
        }
    }

    /// <summary>A socket's half-close: the peer reads to the end.</summary>
    public void CompleteWrites() => _ = LibC.shutdown(Number, Abi.SHUT_WR);

    /// <summary>How much a socket holds for a peer that does not read; the kernel doubles it for its own bookkeeping.</summary>
    public void SetSendBuffer(int bytes)
        => _ = LibC.setsockopt(Number, Abi.SOL_SOCKET, Abi.SO_SNDBUF, &bytes, sizeof(int));

    /// <summary>Of a unix socket's peer, as the kernel saw it when it connected.</summary>
    public bool PeerIs(uint uid)
    {
        ucred peer;
        uint length = (uint)sizeof(ucred);
        return LibC.getsockopt(Number, Abi.SOL_SOCKET, Abi.SO_PEERCRED, &peer, &length) == 0 && peer.uid == uid;
    }

    /// <summary>Cuts a regular file back.</summary>
    public bool TryTruncate(long length) => LibC.ftruncate64(Number, length) == 0;

    /// <summary>Size of the terminal behind a pty master; nothing happens on anything else.</summary>
    public void SetWindowSize(int rows, int columns)
    {
        var size = new winsize { ws_row = (ushort)rows, ws_col = (ushort)columns };
        _ = LibC.ioctl(Number, Abi.TIOCSWINSZ, &size);
    }

    public void Dispose()
    {
        if (Number != Closed)
        {
            _ = LibC.close(Number);
            Number = Closed;
        }
    }
}
