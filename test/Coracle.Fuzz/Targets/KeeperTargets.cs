using System.Buffers.Binary;
using System.Net;
using Coracle.Dns;
using Coracle.Runtime;

namespace Coracle.Fuzz;

/// <summary>What containers ask the keeper, what servers outside answer it, and what engine and keeper write to each other.</summary>
internal static class KeeperTargets
{
    private const int LongestName = 255;

    private static readonly SandboxNames _names = new([NameTable.Read(SeedTable())], OutsideNames.Forwarded);

    /// <summary>A container's question, by UDP and by TCP.</summary>
    public static void Question(ReadOnlySpan<byte> input)
    {
        byte[] answer = new byte[65535];
        foreach (bool stream in new[] { false, true })
        {
            NameServerReply reply = NameServer.Answer(_names, input, answer, stream, turn: 1);
            Promise.Holds(stream || reply.Length <= Math.Max(reply.Limit, NameServer.LeastAnswerBytes), "no datagram is longer than the asker takes");
            switch (reply.Verdict)
            {
                case NameServerVerdict.Answer:
                    Promise.Holds(reply.Length >= 12 && answer.AsSpan(0, 2).SequenceEqual(input[..2]) && (answer[2] & 0x80) != 0, "an answer is one to this question");
                    break;
                case NameServerVerdict.Forward:
                    Promise.Holds(NameServer.Fail(input, answer) >= 12 && NameServer.Truncate(input, answer) >= 12, "what can be forwarded can be given back");
                    Promise.Holds(ForwardedAnswer.Judge(AsAnswer(input), input) != ForwardedVerdict.Foreign, "a question's own answer is no stranger's");
                    break;
                default:
                    Promise.Holds(reply.Length == 0, "silence is silent");
                    break;
            }
        }
    }

    public static void Answer(ReadOnlySpan<byte> input)
    {
        byte[] query = new byte[DnsQuery.MaxLength];
        int length = DnsQuery.Write(query, 0x1234, "registry.example.com", DnsRecordType.A, extended: true);
        _ = ForwardedAnswer.Judge(input, query.AsSpan(0, length));
    }

    public static void Table(ReadOnlySpan<byte> input)
    {
        NameTable table = NameTable.Read(input.ToArray());
        SandboxNames names = new([table, table], OutsideNames.Refused);
        byte[] answer = new byte[4096], question = new byte[12 + LongestName + 4];
        foreach (string name in new[] { "db", "db.net", "1.0.0.10.in-addr.arpa" })
        {
            int length = DnsQuery.Write(question, 1, name, DnsRecordType.Ptr, extended: true);
            _ = NameServer.Answer(names, question.AsSpan(0, length), answer, stream: false, turn: 3);
        }
    }

    /// <summary>The keeper's reading of a greeting and of requests.</summary>
    public static void Request(ReadOnlySpan<byte> input)
    {
        _ = KeeperProtocol.Agree(input);
        if (!KeeperProtocol.TryReadHeader(input, out KeeperOperation operation, out _, out _))
        {
            return;
        }

        RecordReader reader = new(input[KeeperProtocol.HeaderLength..]);
        RecordWriter writer = new();
        if (operation == KeeperOperation.Serve)
        {
            ResolverSettings.Decode(ref reader).Encode(writer);
            RecordReader again = new(writer.Written);
            RecordWriter twice = new();
            ResolverSettings.Decode(ref again).Encode(twice);
            Promise.Same(twice.Written, writer.Written, "settings that are written are read as they were");
        }
        else
        {
            PortHold.Decode(ref reader).Encode(writer);
            RecordReader again = new(writer.Written);
            RecordWriter twice = new();
            PortHold.Decode(ref again).Encode(twice);
            Promise.Same(twice.Written, writer.Written, "a port that is written is read as it was");
        }
    }

    /// <summary>The engine's reading of the list and of what it recalls.</summary>
    public static void Page(ReadOnlySpan<byte> input)
    {
        using KeeperLedger ledger = new();
        _ = KeeperProtocol.Agreed(input);
        KeeperMessages.ReadTenant(input, [], new LedgerTenant());
        _ = KeeperMessages.ReadPage(input[Math.Min(2, input.Length)..], ledger);
    }

    /// <summary>A seed, and what the questions are asked of.</summary>
    internal static byte[] SeedTable()
    {
        NameTableBuilder builder = new("net");
        builder.Add("db", IPAddress.Parse("10.0.0.1"));
        builder.Add("db", IPAddress.Parse("10.0.0.2"));
        builder.Add("db", IPAddress.Parse("fd00::1"));
        builder.Add("a.b", IPAddress.Parse("10.0.0.3"));
        builder.AddReverse(IPAddress.Parse("10.0.0.1"), "db");
        builder.AddReverse(IPAddress.Parse("fd00::1"), "db");
        return builder.Write();
    }

    private static byte[] AsAnswer(ReadOnlySpan<byte> question)
    {
        byte[] answer = question.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), 0x8180);
        return answer;
    }
}
