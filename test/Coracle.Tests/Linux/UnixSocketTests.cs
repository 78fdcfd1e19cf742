using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Tests.Linux;

public sealed class UnixSocketTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_socket_in_a_directory_too_deep_for_its_path_is_bound_and_found()
    {
        using DirectoryHandle deep = DirectoryHandle.CreateAndOpen(_scratch.At(new string('x', 200), new string('y', 200)));
        using SafeFileHandle listener = UnixSockets.Listen(deep, "s", 0x1B0);
        Assert.Equal((FileKind.Socket, 0x1B0), (deep.Stat("s").Kind, deep.Stat("s").Mode));

        using SafeFileHandle client = UnixSockets.Connect(deep, "s");
        using SafeFileHandle server = UnixSockets.Accept(listener, nonBlocking: false)!;
        Assert.Equal(Environment.ProcessId, PeerCredentials.Of(server).Pid);
        Assert.Equal(Environment.ProcessId, PeerCredentials.Of(client).Pid);
    }

    [Fact]
    public void A_socket_left_by_a_dead_owner_is_replaced()
    {
        UnixSockets.Listen(_scratch.Root, "s").Dispose();
        Assert.Equal(Errno.ECONNREFUSED, Assert.Throws<LinuxException>(() => UnixSockets.Connect(_scratch.Root, "s")).Errno);
        using SafeFileHandle listener = UnixSockets.Listen(_scratch.Root, "s");
        UnixSockets.Connect(_scratch.Root, "s").Dispose();
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => UnixSockets.Connect(_scratch.Root, "other")).Errno);
    }

    [Fact]
    public void Who_comes_to_a_full_queue_waits_for_so_long_and_no_longer()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_scratch.At("s")));
        listener.Listen(backlog: 0);
        using SafeFileHandle first = UnixSockets.Connect(_scratch.Root, "s");
        Assert.Equal(Errno.EAGAIN, Assert.Throws<LinuxException>(() => UnixSockets.Connect(_scratch.Root, "s")).Errno);
        Assert.Equal(Errno.EAGAIN, Assert.Throws<LinuxException>(() => UnixSockets.Connect(_scratch.Root, "s", TimeSpan.FromMilliseconds(30))).Errno);
        listener.Accept().Dispose();
        UnixSockets.Connect(_scratch.Root, "s", TimeSpan.FromSeconds(30)).Dispose();
    }

    [Fact]
    public async Task A_plain_descriptor_becomes_an_asynchronous_socket()
    {
        (SafeFileHandle first, SafeFileHandle second) = UnixSockets.Pair();
        using Socket socket = UnixSockets.AsSocket(first);
        using (second)
        {
            Assert.Equal(1, DescriptorPassing.Send(second, [7], []));
            byte[] buffer = new byte[1];
            Assert.Equal(1, await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken));
            Assert.Equal(7, buffer[0]);
        }
    }

    [Fact]
    public void A_directory_travels_and_stays_the_same_directory()
    {
        (SafeFileHandle first, SafeFileHandle second) = UnixSockets.Pair();
        using (first)
        using (second)
        using (DirectoryHandle directory = _scratch.Root.CreateDirectory("travels"))
        {
            directory.CreateNew("inside").Dispose();
            Assert.Equal(2, DescriptorPassing.Send(first, "ab"u8, [directory.Descriptor, directory.Descriptor]));
            byte[] data = new byte[8];
            Assert.Equal(2, DescriptorPassing.Receive(second, data, out SafeFileHandle[] received));
            Assert.Equal(2, received.Length);
            using DirectoryHandle there = DirectoryHandle.Open($"/proc/self/fd/{received[0].DangerousGetHandle()}");
            Assert.Equal(["inside"], there.List());
            Array.ForEach(received, handle => handle.Dispose());
        }
    }

    [Fact]
    public void Bytes_come_without_descriptors_too_and_the_end_is_zero()
    {
        (SafeFileHandle first, SafeFileHandle second) = UnixSockets.Pair();
        using (second)
        {
            DescriptorPassing.Send(first, "x"u8, []);
            first.Dispose();
            byte[] data = new byte[8];
            Assert.Equal(1, DescriptorPassing.Receive(second, data, out SafeFileHandle[] none));
            Assert.Empty(none);
            Assert.Equal(0, DescriptorPassing.Receive(second, data, out _));
        }
    }
}
