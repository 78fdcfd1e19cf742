using System.Buffers.Binary;
using System.Net;

namespace Coracle.Dns;

/// <summary>What a server answered to one question. Untrusted bytes: every offset is checked.</summary>
/// <param name="Addresses">Of the name that was asked for, or of the one its aliases lead to; nobody else's.</param>
/// <param name="Alias">Where the aliases lead, when the server did not go on to its addresses; else null.</param>
internal readonly record struct DnsAnswer(DnsResponseCode Code, bool Truncated, IReadOnlyList<IPAddress> Addresses, string? Alias = null)
{
    public const ushort ClassInternet = 1;

    /// <summary>More than any sane round-robin; the rest is left out.</summary>
    private const int MaxAddresses = 32;

    /// <summary>Aliases of aliases; a circle of them ends here.</summary>
    public const int MaxAliases = 8;

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
        DnsResponseCode code = (DnsResponseCode)(flags & 0xF);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        if ((flags & ResponseFlag) == 0)
        {
            return null;
        }

        if (questions == 0 && code != DnsResponseCode.Success)
        {
            return new DnsAnswer(code, false, []);   // a server that did not understand may not repeat the question
        }

        int at = DnsQuery.HeaderLength;
        if (questions != 1 || ReadQuestion(message, query, ref at) is not { } name)
        {
            return null;
        }

        bool truncated = (flags & TruncatedFlag) != 0;
        Records records = new();
        for (int i = BinaryPrimitives.ReadUInt16BigEndian(message[6..]); i > 0; i--)
        {
            if (!records.Read(message, ref at, wanted))
            {
                // A truncated message may end anywhere; TCP brings the whole one.
                return truncated ? new DnsAnswer(DnsResponseCode.Success, true, []) : null;
            }
        }

        (IReadOnlyList<IPAddress> addresses, string? alias) = records.Follow(name);
        return new DnsAnswer(code, truncated, addresses, alias);
    }

    /// <returns>The name, when the question is the very one that was asked; servers may answer in another letter case.</returns>
    private static string? ReadQuestion(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query, ref int at)
    {
        const int TypeAndClass = 4;
        int asked = at;
        string? name = DnsName.Read(message, ref at);
        if (name is null || DnsName.Read(query, ref asked) != name || message.Length - at < TypeAndClass)
        {
            return null;
        }

        bool isSame = message.Slice(at, TypeAndClass).SequenceEqual(query.Slice(asked, TypeAndClass));
        at += TypeAndClass;
        return isSame ? name : null;
    }

    /// <summary>The records of an answer that matter: addresses and aliases, each with its owner, in any order.</summary>
    private sealed class Records
    {
        private readonly List<(string Owner, IPAddress Address)> _addresses = [];
        private readonly Dictionary<string, string> _aliases = [];

        public bool Read(ReadOnlySpan<byte> message, ref int at, DnsRecordType wanted)
        {
            const int FixedPart = 10;
            if (DnsName.Read(message, ref at) is not { } owner || message.Length - at < FixedPart)
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

            int inside = at;
            at += length;
            if (recordClass != ClassInternet)
            {
                return true;
            }

            if (type == wanted && length == (wanted == DnsRecordType.A ? 4 : 16) && _addresses.Count < MaxAddresses)
            {
                _addresses.Add((owner, new IPAddress(message.Slice(inside, length))));
            }
            else if (type == DnsRecordType.Cname && DnsName.Read(message, ref inside) is { } target && inside == at)
            {
                _aliases.TryAdd(owner, target);
            }

            return true;
        }

        public (IReadOnlyList<IPAddress> Addresses, string? Alias) Follow(string name)
        {
            string owner = name;
            for (int i = 0; i < MaxAliases && _aliases.TryGetValue(owner, out string? target); i++)
            {
                owner = target;
            }

            List<IPAddress> found = [];
            foreach ((string of, IPAddress address) in _addresses)
            {
                if (of == owner)
                {
                    found.Add(address);
                }
            }

            return (found, found.Count == 0 && owner != name && owner.Length > 0 && !_aliases.ContainsKey(owner) ? owner : null);
        }
    }
}
