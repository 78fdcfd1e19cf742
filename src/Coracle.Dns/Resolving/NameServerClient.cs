using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Coracle.Dns;

/// <param name="Trouble">Go's words for why there is no answer, or null; no addresses and no trouble means no such name.</param>
internal readonly record struct NameAnswer(IReadOnlyList<IPAddress> Addresses, string? Trouble);

/// <summary>Asks one server one question, by UDP and, where the answer does not fit, by TCP.</summary>
internal sealed class NameServerClient(TimeProvider time)
{
    /// <summary>A TCP answer's length is 16 bits; this is more than 32 addresses and a long chain of aliases need.</summary>
    private const int MaxTcpAnswer = 16 * 1024;

    /// <summary>Datagrams that are not our answer (late, forged) are skipped, but not for ever.</summary>
    private const int MaxStrayDatagrams = 16;

    public async Task<NameAnswer> AskAsync(
        IPEndPoint server, string name, DnsRecordType type, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await FollowAsync(server, name, type, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new NameAnswer([], "i/o timeout");
        }
        catch (SocketException error)
        {
            return new NameAnswer([], error.SocketErrorCode == SocketError.ConnectionRefused ? "read: connection refused" : "network failure");
        }
        catch (IOException)
        {
            return new NameAnswer([], "server misbehaving");
        }
    }

    /// <summary>Servers follow aliases themselves; where one does not, each is asked for in its turn.</summary>
    private static async Task<NameAnswer> FollowAsync(IPEndPoint server, string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        string asked = name;
        for (int i = 0; i < DnsAnswer.MaxAliases; i++)
        {
            DnsAnswer? answer = await AskOnceAsync(server, asked, type, extended: true, cancellationToken);
            if (answer is { Code: DnsResponseCode.FormatError or DnsResponseCode.NotImplemented })
            {
                answer = await AskOnceAsync(server, asked, type, extended: false, cancellationToken);
            }

            if (answer is not { Code: DnsResponseCode.Success or DnsResponseCode.NoSuchName } good)
            {
                return new NameAnswer([], "server misbehaving");
            }

            if (good.Alias is null)
            {
                return new NameAnswer(good.Addresses, null);
            }

            asked = good.Alias;
        }

        return new NameAnswer([], "server misbehaving");
    }

    /// <returns>Null where the answer is none; one with no addresses where the name is no host name.</returns>
    private static async Task<DnsAnswer?> AskOnceAsync(
        IPEndPoint server, string name, DnsRecordType type, bool extended, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[DnsQuery.MaxLength];
        int length = DnsQuery.Write(buffer, (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), name, type, extended);
        if (length == 0)
        {
            return new DnsAnswer(DnsResponseCode.NoSuchName, false, []);
        }

        ReadOnlyMemory<byte> query = buffer.AsMemory(0, length);
        DnsAnswer? answer = await AskByUdpAsync(server, query, type, cancellationToken);
        return answer is { Truncated: true } ? await AskByTcpAsync(server, query, type, cancellationToken) : answer;
    }

    private static async Task<DnsAnswer?> AskByUdpAsync(
        IPEndPoint server, ReadOnlyMemory<byte> query, DnsRecordType type, CancellationToken cancellationToken)
    {
        // Connected: the kernel drops datagrams from anybody else, and a closed port is an error at once.
        using Socket socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken);
        await socket.SendAsync(query, SocketFlags.None, cancellationToken);
        byte[] buffer = new byte[DnsQuery.MaxUdpAnswer];
        for (int i = 0; i < MaxStrayDatagrams; i++)
        {
            int length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
            if (DnsAnswer.Parse(buffer.AsSpan(0, length), query.Span, type) is { } answer)
            {
                return answer;
            }
        }

        return null;
    }

    private static async Task<DnsAnswer?> AskByTcpAsync(
        IPEndPoint server, ReadOnlyMemory<byte> query, DnsRecordType type, CancellationToken cancellationToken)
    {
        using Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken);
        using NetworkStream stream = new(socket);
        byte[] framed = new byte[2 + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.Span.CopyTo(framed.AsSpan(2));
        await stream.WriteAsync(framed, cancellationToken);

        byte[] prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellationToken);
        int length = BinaryPrimitives.ReadUInt16BigEndian(prefix);
        if (length > MaxTcpAnswer)
        {
            return null;
        }

        byte[] message = new byte[length];
        await stream.ReadExactlyAsync(message, cancellationToken);
        return DnsAnswer.Parse(message, query.Span, type);
    }
}
