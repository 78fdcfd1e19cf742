using System.Text;

namespace Coracle.Linux;

/// <summary>Reads what nf_tables tells of itself. It holds what anybody on this machine wrote, so nothing in it is believed: EBADMSG.</summary>
internal static class TableDump
{
    private const int Fixed = 4; // struct nfgenmsg
    private const int Subsystem = Abi.NFNL_SUBSYS_NFTABLES << 8;
    private const byte CommentType = 0;

    internal static object? TryParseGeneration(in NetlinkMessage message, ref uint generation)
    {
        if (message.Type == (Subsystem | Abi.NFT_MSG_NEWGEN))
        {
            NetlinkAttributes attributes = message.Attributes(Fixed);
            while (attributes.TryRead(out NetlinkAttribute attribute))
            {
                generation = attribute.Type == Abi.NFTA_GEN_ID ? attribute.BigU32 : generation;
            }
        }

        return null;
    }

    internal static TableFacts? ParseTable(in NetlinkMessage message)
    {
        if (message.Type != (Subsystem | Abi.NFT_MSG_NEWTABLE))
        {
            return null;
        }

        var facts = new TableFacts(FamilyOf(message), "", 0, "");
        NetlinkAttributes attributes = message.Attributes(Fixed);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            facts = attribute.Type switch
            {
                Abi.NFTA_TABLE_NAME => facts with { Name = attribute.Text },
                Abi.NFTA_TABLE_HANDLE => facts with { Handle = attribute.BigU64 },
                Abi.NFTA_TABLE_USERDATA => facts with { Comment = CommentIn(attribute.Value) },
                _ => facts,
            };
        }

        return facts;
    }

    internal static ChainFacts? ParseChain(in NetlinkMessage message)
    {
        if (message.Type != (Subsystem | Abi.NFT_MSG_NEWCHAIN))
        {
            return null;
        }

        var facts = new ChainFacts(FamilyOf(message), "", "", 0, 0);
        NetlinkAttributes attributes = message.Attributes(Fixed);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            facts = attribute.Type switch
            {
                Abi.NFTA_CHAIN_TABLE => facts with { Table = attribute.Text },
                Abi.NFTA_CHAIN_NAME => facts with { Name = attribute.Text },
                Abi.NFTA_CHAIN_HANDLE => facts with { Handle = attribute.BigU64 },
                Abi.NFTA_CHAIN_USE => facts with { References = attribute.BigU32 },
                Abi.NFTA_CHAIN_POLICY => facts with { Drops = attribute.BigU32 == Abi.NF_DROP },
                Abi.NFTA_CHAIN_TYPE => facts with { Type = attribute.Text },
                Abi.NFTA_CHAIN_HOOK => WithHook(facts, attribute.Nested),
                _ => facts,
            };
        }

        return facts;
    }

    internal static RuleFacts? ParseRule(in NetlinkMessage message)
    {
        if (message.Type != (Subsystem | Abi.NFT_MSG_NEWRULE))
        {
            return null;
        }

        var facts = new RuleFacts(FamilyOf(message), "", "", 0);
        NetlinkAttributes attributes = message.Attributes(Fixed);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            facts = attribute.Type switch
            {
                Abi.NFTA_RULE_TABLE => facts with { Table = attribute.Text },
                Abi.NFTA_RULE_CHAIN => facts with { Chain = attribute.Text },
                Abi.NFTA_RULE_HANDLE => facts with { Handle = attribute.BigU64 },
                Abi.NFTA_RULE_USERDATA => facts with { Comment = CommentIn(attribute.Value) },
                Abi.NFTA_RULE_EXPRESSIONS => WithExpressions(facts, attribute.Nested),
                _ => facts,
            };
        }

        return facts;
    }

    /// <summary>One message of a batch of ours, for people.</summary>
    internal static string Describe(ReadOnlySpan<byte> batch, int index)
    {
        var reader = new NetlinkReader(batch);
        NetlinkMessage message = default;
        for (int i = 0; i <= index; i++)
        {
            if (!reader.TryRead(out message))
            {
                return $"message {index}";
            }
        }

        if (message.Type >> 8 != Abi.NFNL_SUBSYS_NFTABLES)
        {
            return "transaction";
        }

        var words = new StringBuilder(NameOf(message.Type & 0xFF)).Append(' ').Append(FamilyOf(message).ToString());
        NetlinkAttributes attributes = message.Attributes(Fixed);

        // The table, then the chain or the set; where there is no chain, attribute 2 is a number.
        for (int i = 0; i < 3 && attributes.TryRead(out NetlinkAttribute attribute); i++)
        {
            bool isName = attribute.Type is 1 or 2 || (attribute.Type == Abi.NFTA_CHAIN_NAME && (message.Type & 0xFF) == Abi.NFT_MSG_NEWCHAIN);
            if (isName && !attribute.Value.IsEmpty && attribute.Value[0] != 0)
            {
                words.Append(' ').Append(attribute.Text);
            }
        }

        return words.ToString();
    }

    private static string NameOf(int type) => type switch
    {
        Abi.NFT_MSG_NEWTABLE => "NEWTABLE",
        Abi.NFT_MSG_DELTABLE => "DELTABLE",
        Abi.NFT_MSG_NEWCHAIN => "NEWCHAIN",
        Abi.NFT_MSG_NEWRULE => "NEWRULE",
        Abi.NFT_MSG_DELRULE => "DELRULE",
        Abi.NFT_MSG_NEWSET => "NEWSET",
        Abi.NFT_MSG_NEWSETELEM => "NEWSETELEM",
        Abi.NFT_MSG_DELSETELEM => "DELSETELEM",
        _ => "message",
    };

    private static TableFamily FamilyOf(in NetlinkMessage message) => (TableFamily)message.Fixed(Fixed)[0];

    private static ChainFacts WithHook(ChainFacts facts, NetlinkAttributes hook)
    {
        while (hook.TryRead(out NetlinkAttribute attribute))
        {
            facts = attribute.Type switch
            {
                Abi.NFTA_HOOK_HOOKNUM => facts with { Hook = (ChainHook)attribute.BigU32 },
                Abi.NFTA_HOOK_PRIORITY => facts with { Priority = (int)attribute.BigU32 },
                _ => facts,
            };
        }

        return facts;
    }

    private static RuleFacts WithExpressions(RuleFacts facts, NetlinkAttributes expressions)
    {
        while (expressions.TryRead(out NetlinkAttribute element))
        {
            string name = "";
            NetlinkAttributes parts = element.Nested;
            while (parts.TryRead(out NetlinkAttribute part))
            {
                name = part.Type == Abi.NFTA_EXPR_NAME ? part.Text : name;
                if (part.Type == Abi.NFTA_EXPR_DATA)
                {
                    facts = WithExpression(facts, name, part.Nested);
                }
            }
        }

        return facts;
    }

    private static RuleFacts WithExpression(RuleFacts facts, string name, NetlinkAttributes data) => name switch
    {
        "immediate" => WithVerdict(facts, data),
        "reject" => facts with { Rejects = true },
        "target" => WithTarget(facts, data),
        "counter" or "log" => facts,
        "match" when NameIn(data) == "comment" => facts,
        _ => facts with { IsConditional = true },
    };

    private static RuleFacts WithVerdict(RuleFacts facts, NetlinkAttributes immediate)
    {
        while (immediate.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type != Abi.NFTA_IMMEDIATE_DATA)
            {
                continue;
            }

            NetlinkAttributes data = attribute.Nested;
            while (data.TryRead(out NetlinkAttribute value))
            {
                if (value.Type == Abi.NFTA_DATA_VERDICT)
                {
                    facts = facts with { Verdict = VerdictIn(value.Nested) };
                }
            }
        }

        return facts;
    }

    private static Verdict VerdictIn(NetlinkAttributes parts)
    {
        var verdict = new Verdict(0, "");
        while (parts.TryRead(out NetlinkAttribute part))
        {
            verdict = part.Type switch
            {
                Abi.NFTA_VERDICT_CODE => verdict with { Code = (int)part.BigU32 },
                Abi.NFTA_VERDICT_CHAIN => verdict with { Chain = part.Text },
                _ => verdict,
            };
        }

        return verdict;
    }

    /// <summary>What iptables-nft says in xtables' own words: linux/netfilter/nf_tables_compat.h.</summary>
    private static RuleFacts WithTarget(RuleFacts facts, NetlinkAttributes data) => NameIn(data) switch
    {
        "REJECT" => facts with { Rejects = true },
        _ => facts,
    };

    /// <summary>NFTA_TARGET_NAME and NFTA_MATCH_NAME are both 1.</summary>
    private static string NameIn(NetlinkAttributes data)
    {
        string name = "";
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            name = attribute.Type == 1 ? attribute.Text : name;
        }

        return name;
    }

    /// <summary>User data is a list of records of the nft command: type, length, bytes. One that is cut short has no comment.</summary>
    private static string CommentIn(ReadOnlySpan<byte> records)
    {
        while (records.Length > 2 && records.Length >= records[1] + 2)
        {
            ReadOnlySpan<byte> value = records.Slice(2, records[1]);
            if (records[0] == CommentType)
            {
                return Encoding.UTF8.GetString(value.TrimEnd((byte)0));
            }

            records = records[(value.Length + 2)..];
        }

        return "";
    }
}
