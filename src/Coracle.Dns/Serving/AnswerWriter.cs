using System.Buffers.Binary;

namespace Coracle.Dns;

/// <summary>Writes one answer: the question given back, records that own its name, an OPT record where there was one. Stops when it is full.</summary>
internal ref struct AnswerWriter
{
    private const int OptLength = 11;
    private const int RecordHead = 12;
    private const ushort PointerToQuestion = 0xC000 | DnsQuery.HeaderLength;

    private readonly ReadOnlySpan<byte> _message;
    private readonly NameQuestion _question;
    private readonly Span<byte> _answer;
    private int _length;
    private ushort _records;
    private bool _full;

    /// <param name="answer">No longer than the asker takes.</param>
    public AnswerWriter(ReadOnlySpan<byte> message, NameQuestion question, Span<byte> answer)
    {
        _message = message;
        _question = question;
        _answer = answer;
        message[..question.End].CopyTo(answer);
        _length = question.End;
    }

    private readonly int Room => _answer.Length - _length - (_question.IsExtended ? OptLength : 0);

    /// <returns>False when there is no room any more.</returns>
    public bool TryAdd(DnsRecordType type, scoped ReadOnlySpan<byte> data)
    {
        if (Room < RecordHead + data.Length)
        {
            _full = true;
            return false;
        }

        Span<byte> record = _answer[_length..];
        BinaryPrimitives.WriteUInt16BigEndian(record, PointerToQuestion);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], DnsAnswer.ClassInternet);
        BinaryPrimitives.WriteUInt32BigEndian(record[6..], NameServer.TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)data.Length);
        data.CopyTo(record[RecordHead..]);
        _length += RecordHead + data.Length;
        _records++;
        return true;
    }

    /// <summary>A record whose data is a name below a network's; one that is too long for that stands alone.</summary>
    public void TryAddName(DnsRecordType type, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> network)
    {
        const int MaxWire = 255;
        Span<byte> data = stackalloc byte[MaxWire];
        int length = NameText.WriteLabels(data, name);
        int below = NameText.WriteLabels(data[length..^1], network);
        data[length + below] = 0;
        _ = TryAdd(type, data[..(length + below + 1)]);
    }

    /// <returns>The answer's length.</returns>
    public readonly int Finish(DnsResponseCode code, ushort flags = 0)
    {
        if (_full)
        {
            flags |= NameServer.TruncatedFlag;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_answer[2..], NameServer.FlagsOf(_message, code, flags));
        BinaryPrimitives.WriteUInt16BigEndian(_answer[6..], _records);
        _answer[8..DnsQuery.HeaderLength].Clear();
        return _question.IsExtended ? _length + WriteOpt(_answer[_length..], code) : _length;
    }

    private readonly int WriteOpt(Span<byte> opt, DnsResponseCode code)
    {
        _answer[11] = 1;
        opt[..OptLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(opt[1..], (ushort)DnsRecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], DnsQuery.MaxUdpAnswer);
        opt[5] = (byte)((int)code >> 4);
        opt[7] = _question.WantsSignatures ? (byte)0x80 : (byte)0;
        return OptLength;
    }
}
