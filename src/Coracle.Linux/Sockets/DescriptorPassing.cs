using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>SCM_RIGHTS: open descriptors travel beside bytes over a unix socket.</summary>
public static unsafe class DescriptorPassing
{
    /// <summary>Of one message; the kernel's own limit is 253.</summary>
    public const int MaxDescriptors = 16;

    internal static int ControlLength => Align(sizeof(cmsghdr)) + Align(MaxDescriptors * sizeof(int));

    /// <summary>One sendmsg. On a stream socket the descriptors arrive with the first of these bytes.</summary>
    /// <param name="data">At least one byte: descriptors do not travel alone.</param>
    /// <param name="descriptors">Stay ours; the peer gets copies.</param>
    /// <returns>Bytes sent, which on a stream may be fewer.</returns>
    public static int Send(SafeHandle socket, ReadOnlySpan<byte> data, ReadOnlySpan<int> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors);
        ArgumentOutOfRangeException.ThrowIfZero(data.Length);
        using var self = new Borrowed(socket);
        byte* control = stackalloc byte[ControlLength];
        fixed (byte* bytes = data)
        {
            var vector = new iovec { iov_base = bytes, iov_len = (nuint)data.Length };
            var message = new msghdr { msg_iov = &vector, msg_iovlen = 1 };
            Put(&message, control, descriptors);
            nint sent = LibC.sendmsg(self.Fd, &message, Abi.MSG_NOSIGNAL);
            return sent >= 0 ? (int)sent : throw LinuxException.FromLastError("sendmsg", $"{descriptors.Length} descriptors");
        }
    }

    /// <inheritdoc cref="Send"/>
    public static int SendHandles(SafeHandle socket, ReadOnlySpan<byte> data, ReadOnlySpan<SafeHandle> handles)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(handles.Length, MaxDescriptors);
        Span<int> numbers = stackalloc int[handles.Length];
        int added = 0;
        try
        {
            for (bool isHeld = false; added < handles.Length; added++, isHeld = false)
            {
                handles[added].DangerousAddRef(ref isHeld);
                numbers[added] = (int)handles[added].DangerousGetHandle();
            }

            return Send(socket, data, numbers);
        }
        finally
        {
            while (added > 0)
            {
                handles[--added].DangerousRelease();
            }
        }
    }

    /// <summary>One recvmsg; received descriptors are close-on-exec.</summary>
    /// <param name="descriptors">Owned by the caller from now on. More than fit: all are closed and EMSGSIZE is thrown.</param>
    /// <returns>Bytes received; 0 at the end of the stream.</returns>
    public static int Receive(SafeHandle socket, Span<byte> data, out SafeFileHandle[] descriptors)
    {
        using var self = new Borrowed(socket);
        byte* control = stackalloc byte[ControlLength];
        fixed (byte* bytes = data)
        {
            var vector = new iovec { iov_base = bytes, iov_len = (nuint)data.Length };
            var message = new msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = (nuint)ControlLength };
            nint received = LibC.recvmsg(self.Fd, &message, Abi.MSG_CMSG_CLOEXEC);
            if (received < 0)
            {
                throw LinuxException.FromLastError("recvmsg", "unix socket");
            }

            descriptors = Take(control, (int)message.msg_controllen);
            if ((message.msg_flags & Abi.MSG_CTRUNC) != 0)
            {
                Array.ForEach(descriptors, descriptor => descriptor.Dispose());
                throw new LinuxException("recvmsg", $"more than {MaxDescriptors} descriptors", Errno.EMSGSIZE);
            }

            return (int)received;
        }
    }

    /// <param name="control">Of <see cref="ControlLength"/> bytes, where the message's ancillary part is to be.</param>
    internal static void Put(msghdr* message, byte* control, ReadOnlySpan<int> descriptors)
    {
        if (descriptors.IsEmpty)
        {
            return;
        }

        var header = (cmsghdr*)control;
        header->cmsg_len = (nuint)(Align(sizeof(cmsghdr)) + (descriptors.Length * sizeof(int)));
        header->cmsg_level = Abi.SOL_SOCKET;
        header->cmsg_type = Abi.SCM_RIGHTS;
        descriptors.CopyTo(new Span<int>(control + Align(sizeof(cmsghdr)), MaxDescriptors));
        message->msg_control = control;
        message->msg_controllen = (nuint)(Align(sizeof(cmsghdr)) + Align(descriptors.Length * sizeof(int)));
    }

    /// <summary>The descriptors that came with a message.</summary>
    internal static ReadOnlySpan<int> NumbersIn(byte* control, int length)
    {
        var header = (cmsghdr*)control;
        return length < sizeof(cmsghdr) || header->cmsg_level != Abi.SOL_SOCKET || header->cmsg_type != Abi.SCM_RIGHTS
            ? default
            : new ReadOnlySpan<int>(control + Align(sizeof(cmsghdr)), ((int)header->cmsg_len - Align(sizeof(cmsghdr))) / sizeof(int));
    }

    private static SafeFileHandle[] Take(byte* control, int length)
    {
        ReadOnlySpan<int> numbers = NumbersIn(control, length);
        var handles = new SafeFileHandle[numbers.Length];
        for (int index = 0; index < handles.Length; index++)
        {
            handles[index] = new SafeFileHandle(numbers[index], ownsHandle: true);
        }

        return handles;
    }

    /// <summary>CMSG_ALIGN: to the size of a C long.</summary>
    private static int Align(int length) => (length + sizeof(nint) - 1) & ~(sizeof(nint) - 1);
}
