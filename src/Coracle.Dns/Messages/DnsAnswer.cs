using System.Buffers.Binary;
using System.Net;

namespace Coracle.Dns;

/// <summary>What a server answered to one question. Untrusted bytes: every offset is checked and names may point only backwards.</summary>
internal readonly record struct DnsAnswer(DnsResponseCode Code, bool Truncated, IReadOnlyList<IPAddress> Addresses)
{
    public const ushort ClassInternet = 1;

    /// <summary>More than any sane round-robin; the rest is left out.</summary>
    private const int MaxAddresses = 32;

    private const ushort ResponseFlag = 0x8000;

    private const ushort TruncatedFlag = 0x0200;

    /// <returns>Null where the message is not the answer to <paramref name="query"/>: another id or question, or malformed.</returns>
    public static DnsAnswer? Parse(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query, DnsRecordType wanted)
    {
        if (message.Length < DnsQuery.HeaderLength || !message[..2].SequenceEqual(query[..2]))
        {
            return null;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int at = DnsQuery.HeaderLength;
        if ((flags & ResponseFlag) == 0 || questions != 1 || !IsSameQuestion(message, query, ref at))
        {
            return null;
        }

        List<IPAddress> addresses = [];
        bool truncated = (flags & TruncatedFlag) != 0;
        for (int i = 0; i < answers; i++)
        {
            if (!ReadRecord(message, ref at, wanted, addresses))
            {
                // A truncated message may end anywhere; TCP brings the whole one.
                return truncated ? new DnsAnswer(DnsResponseCode.Success, true, []) : null;
            }
        }

        return new DnsAnswer((DnsResponseCode)(flags & 0xF), truncated, addresses);
    }

    // The resolver follows CNAMEs itself and puts the chain before the addresses; the addresses are what counts.
    private static bool ReadRecord(ReadOnlySpan<byte> message, ref int at, DnsRecordType wanted, List<IPAddress> addresses)
    {
        const int FixedPart = 10;
        if (!SkipName(message, ref at) || message.Length - at < FixedPart)
        {
            return false;
        }

        DnsRecordType type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        ushort recordClass = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        at += FixedPart;
        if (message.Length - at < length)
        {
            return false;
        }

        bool isAddress = type == wanted && recordClass == ClassInternet && length == (wanted == DnsRecordType.A ? 4 : 16);
        if (isAddress && addresses.Count < MaxAddresses)
        {
            addresses.Add(new IPAddress(message.Slice(at, length)));
        }

        at += length;
        return true;
    }

    private static bool IsSameQuestion(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query, ref int at)
    {
        int end = at;
        if (!SkipName(query, ref end) || end + 4 > message.Length)
        {
            return false;
        }

        end += 4;
        for (int i = at; i < end; i++)
        {
            // Servers may answer in another letter case; the bytes of type, class and lengths have no case.
            if (Lower(message[i]) != Lower(query[i]))
            {
                return false;
            }
        }

        at = end;
        return true;
    }

    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;

    /// <summary>Names are only skipped, never expanded, so a compression loop cannot be walked into.</summary>
    private static bool SkipName(ReadOnlySpan<byte> message, ref int at)
    {
        const byte Pointer = 0xC0;
        while (at < message.Length)
        {
            byte length = message[at];
            if ((length & Pointer) == Pointer)
            {
                at += 2;
                return at <= message.Length;
            }

            if (length >= 64)
            {
                return false;
            }

            at += 1 + length;
            if (length == 0)
            {
                return true;
            }
        }

        return false;
    }
}
