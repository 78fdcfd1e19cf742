using System.Net.Security;
using System.Net.Sockets;

namespace Coracle.Http;

/// <summary>Ends our direction of a connection and leaves the other one open.</summary>
internal static class HalfClose
{
    public static async ValueTask WritesAsync(Stream connection)
    {
        switch (connection)
        {
            case NetworkStream plain:
                plain.Socket.Shutdown(SocketShutdown.Send);
                break;
            case SslStream tls:
                // close_notify is TLS's half-close; the socket beneath stays open for the other direction.
                await tls.ShutdownAsync();
                break;
            default:
                throw new NotSupportedException($"{connection.GetType().Name} cannot be half-closed");
        }
    }
}
