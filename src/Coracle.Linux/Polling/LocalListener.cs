namespace Coracle.Linux;

/// <summary>A listening unix socket of a poll loop.</summary>
public sealed unsafe class LocalListener : IDisposable
{
    private LocalListener(Descriptor socket) => Socket = socket;

    public Descriptor Socket { get; }

    /// <inheritdoc cref="UnixSockets.Listen"/>
    public static LocalListener Bind(DirectoryHandle directory, string name)
    {
        Descriptor socket = Descriptor.Adopt(UnixSockets.Listen(directory, name));
        socket.SetNonBlocking();
        return new LocalListener(socket);
    }

    /// <inheritdoc cref="UnixSockets.ListenForMessages"/>
    public static LocalListener BindForMessages(DirectoryHandle directory, string name)
    {
        Descriptor socket = Descriptor.Adopt(UnixSockets.ListenForMessages(directory, name));
        socket.SetNonBlocking();
        return new LocalListener(socket);
    }

    /// <returns>Null when nobody waits (any more).</returns>
    public Descriptor? TryAccept()
    {
        int fd = LibC.accept4(Socket.Number, null, null, Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK);
        return fd >= 0 ? Descriptor.FromResult(fd, "accept", "") : null;
    }

    public void Dispose() => Socket.Dispose();
}
