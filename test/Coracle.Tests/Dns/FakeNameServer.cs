using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Coracle.Tests.Dns;

/// <summary>A name server on one loopback port, UDP and TCP, that answers with whatever bytes it is told to.</summary>
internal sealed class FakeNameServer : IDisposable
{
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="questions">How many datagrams are answered.</param>
    public FakeNameServer(Func<byte[], byte[][]> answerUdp, Func<byte[], byte[]>? answerTcp = null, int questions = 1)
    {
        _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_tcp.LocalEndPoint!;
        _tcp.Listen();
        _udp.Bind(EndPoint);
        _ = Task.Run(() => ServeUdpAsync(answerUdp, questions));
        if (answerTcp is not null)
        {
            _ = Task.Run(() => ServeTcpAsync(answerTcp));
        }
    }

    public IPEndPoint EndPoint { get; }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private async Task ServeUdpAsync(Func<byte[], byte[][]> answer, int questions)
    {
        byte[] buffer = new byte[2048];
        for (int i = 0; i < questions; i++)
        {
            SocketReceiveFromResult received = await _udp.ReceiveFromAsync(buffer, EndPoint);
            foreach (byte[] datagram in answer(buffer[..received.ReceivedBytes]))
            {
                await _udp.SendToAsync(datagram, received.RemoteEndPoint);
            }
        }
    }

    private async Task ServeTcpAsync(Func<byte[], byte[]> answer)
    {
        using Socket socket = await _tcp.AcceptAsync();
        using NetworkStream stream = new(socket);
        byte[] prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix);
        byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(query);
        byte[] reply = answer(query);
        BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)reply.Length);
        await stream.WriteAsync(prefix);
        await stream.WriteAsync(reply);
    }
}
