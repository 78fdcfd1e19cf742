using System.Buffers.Binary;

namespace Coracle.Dns;

/// <summary>What a container's resolver asks, read out of its message. Untrusted bytes: every offset is checked.</summary>
/// <remarks>RFC 1035 section 4.1, RFC 6891 section 6.1, RFC 9619 (one question).</remarks>
internal ref struct NameQuestion
{
    /// <summary>What can be sent by UDP to one who does not say otherwise.</summary>
    private const int PlainLimit = 512;

    /// <summary>Nothing that we tell is longer, so a larger promise is not made use of.</summary>
    internal const int LargestDatagram = 4096;

    /// <summary>An OPT and perhaps a signature.</summary>
    private const int MostAdditional = 4;

    private const int QuestionTail = 4;
    private const int RecordTail = 10;
    private const int PointerFlags = 0xC0;

    private ReadOnlySpan<byte> _message;

    /// <summary>Lower case, without a dot at its end; empty for the root and for what cannot be a name in a table.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public DnsRecordType Type { get; private set; }

    public ushort Class { get; private set; }

    /// <summary>Where the question ends.</summary>
    public int End { get; private set; }

    /// <summary>It has an OPT record, so the answer gets one, too.</summary>
    public bool IsExtended { get; private set; }

    public byte ExtensionVersion { get; private set; }

    /// <summary>The OPT record's "DNSSEC OK".</summary>
    public bool WantsSignatures { get; private set; }

    /// <summary>The longest datagram that the asker takes.</summary>
    public int Limit { get; private set; }

    public static ushort Flags(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[2..]);

    /// <param name="name">Where the name is put: 255 bytes.</param>
    /// <returns>False when the message is malformed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, Span<byte> name, out NameQuestion question)
    {
        question = new NameQuestion { _message = message, Limit = PlainLimit };
        int at = DnsQuery.HeaderLength;
        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1 || !question.ReadName(name, ref at) || message.Length - at < QuestionTail)
        {
            return false;
        }

        question.Type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        question.Class = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
        question.End = at + QuestionTail;
        return question.ReadAdditional();
    }

    private bool ReadName(Span<byte> name, ref int at)
    {
        int length = 0, start = at;
        bool isHost = true;
        while (at < _message.Length && at - start < name.Length)
        {
            int label = _message[at];
            if (label == 0)
            {
                at++;
                Name = isHost && length > 0 ? name[..(length - 1)] : default;
                return true;
            }

            // A question is the first name of its message: there is nothing that it could point to.
            if ((label & PointerFlags) != 0 || label >= _message.Length - at || length + label + 1 >= name.Length)
            {
                return false;
            }

            foreach (byte b in _message.Slice(at + 1, label))
            {
                isHost &= b is > (byte)' ' and not (byte)'.' and not 0x7F; // "a\.b" is not "a.b"
                name[length++] = NameText.Lower(b);
            }

            name[length++] = (byte)'.';
            at += 1 + label;
        }

        return false;
    }

    private bool ReadAdditional()
    {
        int records = BinaryPrimitives.ReadUInt16BigEndian(_message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(_message[8..]);
        int additional = BinaryPrimitives.ReadUInt16BigEndian(_message[10..]);
        if (records != 0 || additional > MostAdditional)
        {
            return false;
        }

        int at = End;
        for (int i = 0; i < additional; i++)
        {
            int owner = at;
            if (!TrySkipName(ref at) || _message.Length - at < RecordTail)
            {
                return false;
            }

            ReadOnlySpan<byte> tail = _message.Slice(at, RecordTail);
            if (BinaryPrimitives.ReadUInt16BigEndian(tail) == (ushort)DnsRecordType.Opt && !TakeOpt(_message[owner], tail))
            {
                return false;
            }

            at += RecordTail + BinaryPrimitives.ReadUInt16BigEndian(tail[8..]);
            if (at > _message.Length)
            {
                return false;
            }
        }

        return true;
    }

    private bool TakeOpt(byte owner, ReadOnlySpan<byte> tail)
    {
        if (IsExtended || owner != 0)
        {
            return false;
        }

        IsExtended = true;
        Limit = Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(tail[2..]), (ushort)PlainLimit, (ushort)LargestDatagram);
        ExtensionVersion = tail[5];
        WantsSignatures = (tail[6] & 0x80) != 0;
        return true;
    }

    private readonly bool TrySkipName(ref int at)
    {
        while (at < _message.Length)
        {
            int label = _message[at];
            if ((label & PointerFlags) == PointerFlags)
            {
                at += 2;
                return at <= _message.Length;
            }

            at += 1 + label;
            if (label == 0)
            {
                return true;
            }

            if ((label & PointerFlags) != 0)
            {
                return false;
            }
        }

        return false;
    }
}
