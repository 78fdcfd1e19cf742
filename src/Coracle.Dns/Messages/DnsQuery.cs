using System.Buffers.Binary;
using System.Text;

namespace Coracle.Dns;

/// <summary>Writes a question.</summary>
/// <remarks>RFC 1035 section 4.1; RFC 6891 for the OPT record that lets the answer be longer than 512 bytes.</remarks>
internal static class DnsQuery
{
    public const int HeaderLength = 12;

    /// <summary>Fits one packet on any link that carries IPv6 (DNS flag day 2020), so answers are not fragmented.</summary>
    public const int MaxUdpAnswer = 1232;

    /// <summary>Header, the longest name, type and class, OPT.</summary>
    public const int MaxLength = HeaderLength + MaxNameLength + 4 + OptLength;

    private const int MaxNameLength = 255;

    private const int MaxLabelLength = 63;

    private const int OptLength = 11;

    private const ushort RecursionDesired = 0x0100;

    /// <param name="extended">With the OPT record, which very old servers do not know.</param>
    /// <returns>The bytes written, or 0 when the name is no host name.</returns>
    public static int Write(Span<byte> message, ushort id, string name, DnsRecordType type, bool extended)
    {
        message[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], RecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], 1);   // one question
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], (ushort)(extended ? 1 : 0));  // additional records: OPT
        int length = WriteName(message[HeaderLength..], name);
        if (length == 0)
        {
            return 0;
        }

        int at = HeaderLength + length;
        BinaryPrimitives.WriteUInt16BigEndian(message[at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(message[(at + 2)..], DnsAnswer.ClassInternet);
        return at + 4 + (extended ? WriteOpt(message[(at + 4)..]) : 0);
    }

    private static int WriteName(Span<byte> output, string name)
    {
        int at = 0;
        foreach (Range part in name.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> label = name.AsSpan()[part];
            if (label.IsEmpty || label.Length > MaxLabelLength || at + label.Length + 2 > MaxNameLength || !Ascii.IsValid(label))
            {
                return 0;
            }

            output[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, output[at..]);
        }

        output[at++] = 0;
        return at;
    }

    private static int WriteOpt(Span<byte> output)
    {
        output[..OptLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(output[1..], (ushort)DnsRecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(output[3..], MaxUdpAnswer);
        return OptLength;
    }
}
