using System.Buffers.Binary;

namespace Coracle.Dns;

/// <summary>What a message from a server means for the question that was sent to it.</summary>
public enum ForwardedVerdict : byte
{
    /// <summary>Not its answer: as if it had not come.</summary>
    Foreign,

    /// <summary>Pass it on.</summary>
    Final,

    /// <summary>Cut short: the whole one comes by TCP.</summary>
    Truncated,

    /// <summary>This server cannot or will not say: ask the next, or pass this on when there is none.</summary>
    Unhelpful,
}

/// <summary>Judges the answers of the servers that questions are forwarded to.</summary>
public static class ForwardedAnswer
{
    private const int OpcodeMask = 0x7800;

    /// <param name="query">As it was sent: the same id, and (but for the case of its letters) the same question.</param>
    public static ForwardedVerdict Judge(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query)
    {
        if (message.Length < DnsQuery.HeaderLength || !message[..2].SequenceEqual(query[..2]))
        {
            return ForwardedVerdict.Foreign;
        }

        ushort flags = NameQuestion.Flags(message);
        var code = (DnsResponseCode)(flags & 0xF);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        bool isAnswer = (flags & NameServer.ResponseFlag) != 0 && (flags & OpcodeMask) == 0;

        // One that did not understand may not repeat the question.
        if (!isAnswer || !(questions == 1 ? HasQuestionOf(message, query) : questions == 0 && code != DnsResponseCode.Success))
        {
            return ForwardedVerdict.Foreign;
        }

        return code is not (DnsResponseCode.Success or DnsResponseCode.NoSuchName) ? ForwardedVerdict.Unhelpful
            : (flags & NameServer.TruncatedFlag) != 0 ? ForwardedVerdict.Truncated
            : ForwardedVerdict.Final;
    }

    private static bool HasQuestionOf(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query)
    {
        const int TypeAndClass = 4;
        int at = DnsQuery.HeaderLength;
        while (at < query.Length && query[at] != 0)
        {
            at += 1 + query[at];
        }

        int names = at + 1;
        int end = names + TypeAndClass;
        if (end > query.Length || end > message.Length)
        {
            return false;
        }

        // Lengths of labels are below 64, where no letter is: they are compared as they are.
        for (at = DnsQuery.HeaderLength; at < names; at++)
        {
            if (NameText.Lower(message[at]) != NameText.Lower(query[at]))
            {
                return false;
            }
        }

        return message[names..end].SequenceEqual(query[names..end]);
    }
}
