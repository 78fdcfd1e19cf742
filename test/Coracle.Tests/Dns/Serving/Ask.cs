using System.Buffers.Binary;
using System.Net;
using System.Text;
using Coracle.Dns;

namespace Coracle.Tests.Dns.Serving;

/// <summary>Questions as a container's resolver writes them, and answers taken apart.</summary>
internal static class Ask
{
    public const ushort Id = 0x1234;

    public static byte[] For(string name, int type, int? datagram = null, ushort flags = 0x0100, ushort queryClass = 1, byte version = 0)
    {
        List<byte> message = [.. Big(Id), .. Big(flags), .. Big(1), .. Big(0), .. Big(0), .. Big(datagram is null ? 0 : 1)];
        foreach (string label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.UTF8.GetBytes(label));
        }

        message.AddRange([0, .. Big(type), .. Big(queryClass)]);
        if (datagram is { } size)
        {
            message.AddRange([0, 0, 41, .. Big(size), 0, version, 0x80, 0, 0, 0]);
        }

        return [.. message];
    }

    public static NameServerReply Answer(SandboxNames names, byte[] question, out byte[] answer, bool stream = false, uint turn = 0)
    {
        byte[] buffer = new byte[stream ? 65535 : 4096];
        NameServerReply reply = NameServer.Answer(names, question, buffer, stream, turn);
        answer = buffer[..reply.Length];
        return reply;
    }

    public static int Code(byte[] answer) => answer[3] & 0xF;

    public static int Count(byte[] answer) => BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6));

    public static bool IsTruncated(byte[] answer) => (answer[2] & 2) != 0;

    /// <summary>The addresses of an answer, read by our own client.</summary>
    public static IPAddress[] Addresses(byte[] answer, byte[] question, bool v6 = false)
        => [.. DnsAnswer.Parse(answer, question, v6 ? DnsRecordType.Aaaa : DnsRecordType.A)!.Value.Addresses];

    private static byte[] Big(int value) => [(byte)(value >> 8), (byte)value];
}
