using System.Buffers.Binary;
using System.Net.Sockets;

namespace Coracle.Runtime;

/// <summary>The greeting, and whole messages over a stream socket.</summary>
internal static class MonitorHandshake
{
    /// <returns>The version that both speak from here on.</returns>
    /// <exception cref="IOException">It is gone, or speaks no version that we know.</exception>
    public static async Task<int> GreetAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] hello = new byte[MonitorProtocol.HelloLength];
        BinaryPrimitives.WriteInt32LittleEndian(hello, MonitorProtocol.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(4), MonitorProtocol.LowestVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(6), MonitorProtocol.HighestVersion);
        try
        {
            await SendAllAsync(socket, hello, cancellationToken);
            if (!await TryReceiveAllAsync(socket, hello, cancellationToken))
            {
                throw new IOException("the container's monitor ended before it greeted");
            }
        }
        catch (SocketException failure)
        {
            throw new IOException("the container's monitor is gone", failure);
        }

        int version = BinaryPrimitives.ReadUInt16LittleEndian(hello.AsSpan(4));
        return BinaryPrimitives.ReadInt32LittleEndian(hello) == MonitorProtocol.Magic && version != 0
            ? version
            : throw new IOException("the container's monitor speaks no version of the protocol that this engine knows");
    }

    public static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            data = data[await socket.SendAsync(data, SocketFlags.None, cancellationToken)..];
        }
    }

    /// <returns>False when the peer ended first.</returns>
    public static async Task<bool> TryReceiveAllAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            int received = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
            if (received == 0)
            {
                return false;
            }

            buffer = buffer[received..];
        }

        return true;
    }
}
