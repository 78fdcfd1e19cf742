using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// Unix sockets whose messages keep their bounds (SOCK_SEQPACKET), so descriptors come with exactly the message that they were sent with.
/// </summary>
public static unsafe class LocalMessages
{
    /// <summary>Two ends; neither blocks.</summary>
    public static void CreatePair(out Descriptor one, out Descriptor other)
    {
        int* ends = stackalloc int[2];
        if (LibC.socketpair(Abi.AF_UNIX, Abi.SOCK_SEQPACKET | Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK, 0, ends) != 0)
        {
            throw LinuxException.FromLastError("socketpair", "");
        }

        one = Descriptor.FromResult(ends[0], "socketpair", "");
        other = Descriptor.FromResult(ends[1], "socketpair", "");
    }

    /// <summary>One message with its descriptors; never waits.</summary>
    /// <param name="descriptors">Room for <see cref="DescriptorPassing.MaxDescriptors"/>; those that came are the caller's.</param>
    /// <param name="count">How many came. More than there is room for: none, and EMSGSIZE.</param>
    public static IoCount Receive(Descriptor socket, Span<byte> data, Span<int> descriptors, out int count)
    {
        count = 0;
        int controlLength = DescriptorPassing.ControlLength;
        byte* control = stackalloc byte[controlLength];
        fixed (byte* bytes = data)
        {
            var vector = new iovec { iov_base = bytes, iov_len = (nuint)data.Length };
            var message = new msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = (nuint)controlLength };
            IoCount received = IoCount.From(LibC.recvmsg(socket.Number, &message, Abi.MSG_CMSG_CLOEXEC | Abi.MSG_DONTWAIT));
            if (received.Failed)
            {
                return received;
            }

            ReadOnlySpan<int> came = DescriptorPassing.NumbersIn(control, (int)message.msg_controllen);
            if ((message.msg_flags & (Abi.MSG_CTRUNC | Abi.MSG_TRUNC)) != 0)
            {
                CloseAll(came);
                return IoCount.FailedWith(Errno.EMSGSIZE);
            }

            came.CopyTo(descriptors);
            count = came.Length;
            return received;
        }
    }

    /// <summary>Both parts as one message with descriptors, which stay ours; never waits.</summary>
    public static IoCount Send(Descriptor socket, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<int> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, DescriptorPassing.MaxDescriptors);
        byte* control = stackalloc byte[DescriptorPassing.ControlLength];
        fixed (byte* one = first, two = second)
        {
            iovec* parts = stackalloc iovec[2];
            parts[0] = new iovec { iov_base = one, iov_len = (nuint)first.Length };
            parts[1] = new iovec { iov_base = two, iov_len = (nuint)second.Length };
            var message = new msghdr { msg_iov = parts, msg_iovlen = 2 };
            DescriptorPassing.Put(&message, control, descriptors);
            return IoCount.From(LibC.sendmsg(socket.Number, &message, Abi.MSG_DONTWAIT | Abi.MSG_NOSIGNAL));
        }
    }

    public static void CloseAll(ReadOnlySpan<int> descriptors)
    {
        foreach (int descriptor in descriptors)
        {
            _ = LibC.close(descriptor);
        }
    }

    /// <summary>A second descriptor of the same file, for handing over.</summary>
    public static SafeFileHandle Duplicate(SafeHandle handle)
    {
        using var self = new Borrowed(handle);
        return Descriptor.FromResult(LibC.fcntl(self.Fd, Abi.F_DUPFD_CLOEXEC, 0), "dup", "descriptor").ToHandle();
    }
}
