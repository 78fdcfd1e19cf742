namespace Coracle.Linux;

/// <summary>A listening unix socket of a poll loop.</summary>
public sealed unsafe class LocalListener : IDisposable
{
    private const int Backlog = 16;

    private LocalListener(Descriptor socket) => Socket = socket;

    public Descriptor Socket { get; }

    /// <summary>
    /// Binds through /proc/self/fd/&lt;directory&gt;/&lt;name&gt;: sun_path holds 108 bytes, an exec-root may be deeper. EADDRINUSE when the
    /// name exists.
    /// </summary>
    public static LocalListener Bind(DirectoryHandle directory, string name)
    {
        Descriptor socket = Descriptor.FromResult(
            LibC.socket(Abi.AF_UNIX, Abi.SOCK_STREAM | Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK, 0), "socket", "unix");
        string path = directory.ProcPath + "/" + name;
        sockaddr_un address = default;
        address.sun_family = Abi.AF_UNIX;
        var text = new CText(path, stackalloc byte[CText.StackLength]);
        text.Bytes.CopyTo(new Span<byte>(address.sun_path, 107));
        if (LibC.bind(socket.Number, &address, (uint)sizeof(sockaddr_un)) != 0 || LibC.listen(socket.Number, Backlog) != 0)
        {
            LinuxException failure = LinuxException.FromLastError("bind", path);
            socket.Dispose();
            throw failure;
        }

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
