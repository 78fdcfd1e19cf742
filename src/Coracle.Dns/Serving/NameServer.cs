using System.Buffers.Binary;

namespace Coracle.Dns;

/// <summary>What is to be done with a question.</summary>
public enum NameServerVerdict : byte
{
    /// <summary>Nothing: it is no question, and an answer to an answer could go round for ever.</summary>
    Silence,

    /// <summary>The answer is written.</summary>
    Answer,

    /// <summary>Ask others, and pass their answer on.</summary>
    Forward,
}

/// <param name="length">Of the answer that was written.</param>
/// <param name="limit">The longest datagram that the asker takes.</param>
public readonly struct NameServerReply(NameServerVerdict verdict, int length, int limit)
{
    public NameServerVerdict Verdict { get; } = verdict;

    public int Length { get; } = length;

    public int Limit { get; } = limit;
}

/// <summary>The answering side of a resolver at 127.0.0.11: bytes in, bytes or "forward" out. No state, no I/O, no allocation.</summary>
/// <remarks>
/// The answers are those of Docker's: A, AAAA and PTR from the tables; of a name that the tables have nothing is ever asked outside; a
/// name may end in its network's. RFC 1035, RFC 3596, RFC 6891.
/// </remarks>
public static class NameServer
{
    /// <summary>Seconds; Docker's.</summary>
    internal const uint TimeToLive = 600;

    /// <summary>Of every buffer for an answer: a question of the longest name with OPT, and one record at least.</summary>
    public const int LeastAnswerBytes = 512;

    internal const ushort ResponseFlag = 0x8000;
    internal const ushort TruncatedFlag = 0x0200;
    private const ushort RecursionDesired = 0x0100;
    private const ushort RecursionAvailable = 0x0080;
    private const int OpcodeMask = 0x7800;
    private const int NameBuffer = 255;

    /// <param name="answer">At least <see cref="LeastAnswerBytes"/>; what is longer than the asker takes is cut and marked.</param>
    /// <param name="stream">It came by TCP, where no answer is too long.</param>
    /// <param name="turn">Another one each time: which of several addresses comes first.</param>
    public static NameServerReply Answer(SandboxNames names, ReadOnlySpan<byte> message, Span<byte> answer, bool stream, uint turn)
    {
        if (message.Length < DnsQuery.HeaderLength || (NameQuestion.Flags(message) & ResponseFlag) != 0)
        {
            return default;
        }

        if ((NameQuestion.Flags(message) & OpcodeMask) != 0)
        {
            return Bare(message, answer, DnsResponseCode.NotImplemented);
        }

        if (!NameQuestion.TryRead(message, stackalloc byte[NameBuffer], out NameQuestion question))
        {
            return Bare(message, answer, DnsResponseCode.FormatError);
        }

        int limit = stream ? answer.Length : Math.Min(question.Limit, answer.Length);
        var writer = new AnswerWriter(message, question, answer[..limit]);
        if (CodeOfRefusal(question) is { } code)
        {
            return new NameServerReply(NameServerVerdict.Answer, writer.Finish(code), question.Limit);
        }

        if (TryAnswer(names, question, ref writer, turn))
        {
            return new NameServerReply(NameServerVerdict.Answer, writer.Finish(DnsResponseCode.Success), question.Limit);
        }

        if ((names.Outside & OutsideNames.Forwarded) == 0)
        {
            return new NameServerReply(NameServerVerdict.Answer, writer.Finish(DnsResponseCode.ServerFailure), question.Limit);
        }

        bool isAddress = question.Type is DnsRecordType.A or DnsRecordType.Aaaa;
        return isAddress && (names.Outside & OutsideNames.OnlyQualified) != 0 && NameText.LastDot(question.Name) < 0
            ? new NameServerReply(NameServerVerdict.Answer, writer.Finish(DnsResponseCode.Success), question.Limit)
            : new NameServerReply(NameServerVerdict.Forward, 0, question.Limit);
    }

    /// <summary>The question given back with "server failure": nobody outside knew, or nobody could be asked.</summary>
    /// <param name="message">One to which <see cref="Answer"/> said <see cref="NameServerVerdict.Forward"/>.</param>
    public static int Fail(ReadOnlySpan<byte> message, Span<byte> answer) => GiveBack(message, answer, DnsResponseCode.ServerFailure, 0);

    /// <summary>The question given back with "too long": the asker is to come again by TCP.</summary>
    /// <inheritdoc cref="Fail"/>
    public static int Truncate(ReadOnlySpan<byte> message, Span<byte> answer)
        => GiveBack(message, answer, DnsResponseCode.Success, TruncatedFlag);

    private static int GiveBack(ReadOnlySpan<byte> message, Span<byte> answer, DnsResponseCode code, ushort flags)
    {
        if (!NameQuestion.TryRead(message, stackalloc byte[NameBuffer], out NameQuestion question))
        {
            return 0;
        }

        var writer = new AnswerWriter(message, question, answer[..LeastAnswerBytes]);
        return writer.Finish(code, flags);
    }

    private static DnsResponseCode? CodeOfRefusal(in NameQuestion question)
        => question.IsExtended && question.ExtensionVersion != 0 ? DnsResponseCode.BadVersion
        : question.Class != DnsAnswer.ClassInternet || question.Type is DnsRecordType.Axfr or DnsRecordType.Ixfr ? DnsResponseCode.Refused
        : null;

    /// <summary>The header alone: what the question was could not be read.</summary>
    private static NameServerReply Bare(ReadOnlySpan<byte> message, Span<byte> answer, DnsResponseCode code)
    {
        answer[..DnsQuery.HeaderLength].Clear();
        message[..2].CopyTo(answer);
        BinaryPrimitives.WriteUInt16BigEndian(answer[2..], FlagsOf(message, code, 0));
        return new NameServerReply(NameServerVerdict.Answer, DnsQuery.HeaderLength, LeastAnswerBytes);
    }

    internal static ushort FlagsOf(ReadOnlySpan<byte> message, DnsResponseCode code, ushort flags)
        => (ushort)(ResponseFlag | (NameQuestion.Flags(message) & (OpcodeMask | RecursionDesired)) | RecursionAvailable | flags | ((int)code & 0xF));

    private static bool TryAnswer(SandboxNames names, in NameQuestion question, ref AnswerWriter writer, uint turn)
    {
        if (question.Name.IsEmpty)
        {
            return false;
        }

        return question.Type == DnsRecordType.Ptr
            ? TryAnswerReverse(names, question, ref writer)
            : TryAnswerName(names, question, ref writer, turn);
    }

    /// <summary>
    /// The whole name first, in each network; then, from its longest beginning on, as a name and its network's. The first network that has
    /// an address of the wanted kind answers; one that has the name and no such address makes the answer an empty one.
    /// </summary>
    private static bool TryAnswerName(SandboxNames names, in NameQuestion question, ref AnswerWriter writer, uint turn)
    {
        ReadOnlySpan<byte> whole = question.Name;
        for (int length = whole.Length; length > 0; length = NameText.LastDot(whole[..length]))
        {
            ReadOnlySpan<byte> network = length == whole.Length ? default : whole[(length + 1)..];
            bool known = false;
            foreach (NameTable table in names.Tables)
            {
                if ((!network.IsEmpty && !NameText.IsLowerOf(table.Network, network)) || !table.TryFind(whole[..length], out ReadOnlySpan<byte> v4, out ReadOnlySpan<byte> v6))
                {
                    continue;
                }

                known = true;
                if (WriteAddresses(question.Type, v4, v6, ref writer, turn))
                {
                    return true;
                }
            }

            if (known)
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>False when there are none of the wanted kind.</returns>
    private static bool WriteAddresses(DnsRecordType type, ReadOnlySpan<byte> v4, ReadOnlySpan<byte> v6, ref AnswerWriter writer, uint turn)
    {
        ReadOnlySpan<byte> addresses = type switch
        {
            DnsRecordType.A => v4,
            DnsRecordType.Aaaa => v6,
            _ => default,
        };
        if (addresses.IsEmpty)
        {
            return false;
        }

        int size = type == DnsRecordType.A ? NameTable.V4Length : NameTable.V6Length;
        int count = addresses.Length / size;
        int first = (int)(turn % (uint)count);
        for (int i = 0; i < count && writer.TryAdd(type, addresses.Slice((first + i) % count * size, size)); i++)
        {
        }

        return true;
    }

    private static bool TryAnswerReverse(SandboxNames names, in NameQuestion question, ref AnswerWriter writer)
    {
        Span<byte> buffer = stackalloc byte[NameTable.V6Length];
        ReadOnlySpan<byte> address = buffer[..ReverseName.Read(question.Name, buffer)];
        if (address.IsEmpty)
        {
            return TryAnswerName(names, question, ref writer, turn: 0);
        }

        foreach (NameTable table in names.Tables)
        {
            if (table.TryFindName(address, out ReadOnlySpan<byte> name))
            {
                writer.TryAddName(DnsRecordType.Ptr, name, table.Network);
                return true;
            }
        }

        return false;
    }
}
