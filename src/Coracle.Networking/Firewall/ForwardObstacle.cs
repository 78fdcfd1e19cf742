using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>A chain of somebody else's at the forward hook that drops what it does not know.</summary>
/// <param name="Owner">Who is known to write such: firewalld, ufw, Docker; otherwise the table's name.</param>
/// <param name="HasUserChain">A DOCKER-USER chain lies beside it, whose rules its owner wants to hold for containers.</param>
internal sealed record ForwardObstacle(TableFamily Family, string Table, string Chain, string Owner, bool HasUserChain)
{
    internal const string UserChain = "DOCKER-USER";

    /// <param name="isIntegrated">Rules of ours stand before it.</param>
    internal string Warning(bool isIntegrated)
    {
        string where = $"{Owner} drops forwarded packets ({FamilyWord} table {Table}, chain {Chain})";
        return isIntegrated
            ? $"{where}: rules marked 'coracle' let the containers' bridges pass"
            : $"WARNING: {where}: containers may be unreachable, or reach nothing, beyond this host; firewall=integrate puts a rule before it";
    }

    internal string FamilyWord => Family switch
    {
        TableFamily.IPv4 => "ip",
        TableFamily.IPv6 => "ip6",
        TableFamily.Inet => "inet",
        _ => Family.ToString(),
    };

    /// <summary>Among all chains of a namespace. A chain drops by its policy, or by a last rule that spares nobody.</summary>
    /// <param name="rulesOf">The rules of one table, asked for as seldom as possible.</param>
    internal static List<ForwardObstacle> Find(List<ChainFacts> chains, Func<TableFamily, string, List<RuleFacts>> rulesOf)
    {
        List<ForwardObstacle> found = [];
        foreach (ChainFacts chain in chains)
        {
            bool isForeign = chain.Hook == ChainHook.Forward && chain.Table != Ruleset.Table
                && chain.Family is TableFamily.IPv4 or TableFamily.IPv6 or TableFamily.Inet;
            if (isForeign && (chain.Drops || (chain.References > 0 && EndsInDrop(chain, rulesOf(chain.Family, chain.Table)))))
            {
                bool hasUserChain = chains.Exists(other => other.Family == chain.Family && other.Table == chain.Table && other.Name == UserChain);
                found.Add(new ForwardObstacle(chain.Family, chain.Table, chain.Name, OwnerOf(chain, chains), hasUserChain));
            }
        }

        return found;
    }

    private static bool EndsInDrop(ChainFacts chain, List<RuleFacts> rules)
    {
        RuleFacts? last = rules.FindLast(rule => rule.Chain == chain.Name);
        return last is { IsConditional: false } && (last.Rejects || last.Verdict == Verdict.Drop);
    }

    private static string OwnerOf(ChainFacts chain, List<ChainFacts> chains)
    {
        if (chain.Table.StartsWith("firewalld", StringComparison.Ordinal))
        {
            return "firewalld";
        }

        bool Has(string prefix) => chains.Exists(other
            => other.Family == chain.Family && other.Table == chain.Table && other.Name.StartsWith(prefix, StringComparison.Ordinal));
        return Has("ufw") ? "ufw" : Has("DOCKER") || chain.Table.StartsWith("docker", StringComparison.Ordinal) ? "Docker" : $"'{chain.Table}'";
    }
}
