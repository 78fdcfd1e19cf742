using System.Net;
using System.Net.Sockets;
using Coracle.Dns;
using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>A TCP connection to a machine by name or address.</summary>
internal static class TcpSocket
{
    /// <exception cref="SocketException">None of its addresses answers, or it has none.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        SocketException failure = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in await AddressesAsync(host, cancellationToken))
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException refused)
            {
                socket.Dispose();
                failure = refused;
            }
        }

        throw failure;
    }

    private static async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return [address];
        }

        StubResolver resolver = new(path => KernelFile.TryRead(path, out byte[]? content) ? content : null, TimeProvider.System);
        return await resolver.ResolveAsync(host, cancellationToken);
    }
}
