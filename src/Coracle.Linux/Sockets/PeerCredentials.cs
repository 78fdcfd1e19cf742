using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>Who connected (or, seen from the client, who listens), as the kernel noted it then.</summary>
/// <param name="Pid">In our PID namespace; 0 when the peer is in one we cannot see.</param>
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    /// <param name="socket">A connected unix socket: a raw descriptor's handle or <c>Socket.SafeHandle</c>.</param>
    public static unsafe PeerCredentials Of(SafeHandle socket)
    {
        using var self = new Borrowed(socket);
        ucred credentials;
        uint length = (uint)sizeof(ucred);
        return LibC.getsockopt(self.Fd, Abi.SOL_SOCKET, Abi.SO_PEERCRED, &credentials, &length) == 0
            ? new PeerCredentials(credentials.pid, credentials.uid, credentials.gid)
            : throw LinuxException.FromLastError("getsockopt", "SO_PEERCRED");
    }
}
