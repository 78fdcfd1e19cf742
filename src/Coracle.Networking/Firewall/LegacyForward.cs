using System.Text;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>The FORWARD chain of the kernel's older iptables, which is no part of nf_tables and drops just the same.</summary>
internal sealed class LegacyForward(OwnersRules wish)
{
    private const string Mark = $"--comment \"{OwnersFirewall.Mark}";

    /// <inheritdoc cref="OwnersFirewall.Apply"/>
    internal List<string> Apply(string[] bridges)
    {
        List<string> words = [];
        bool wants = wish == OwnersRules.Integrate && bridges.Length > 0;
        foreach (bool isIPv6 in new[] { false, true })
        {
            if (!IsInUse(isIPv6))
            {
                continue;
            }

            if (IptablesTool.FindLegacy(isIPv6) is not { } tool)
            {
                words.Add($"WARNING: this kernel holds {(isIPv6 ? "ip6tables" : "iptables")}-legacy rules, and there is no program here that shows them");
                continue;
            }

            Apply(tool, isIPv6, wants ? bridges : [], bridges.Length > 0 ? words : []);
        }

        return words;
    }

    internal static bool IsIntact(string[] bridges)
    {
        foreach (bool isIPv6 in new[] { false, true })
        {
            if (IsInUse(isIPv6) && IptablesTool.FindLegacy(isIPv6)?.Save("filter") is { } rules && Drops(rules) && !IsComplete(rules, bridges))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether packets that no rule of the chain knows are dropped.</summary>
    /// <param name="rules">As iptables-save writes them.</param>
    internal static bool Drops(string[] rules)
    {
        string last = rules.LastOrDefault(rule => rule.StartsWith("-A FORWARD ", StringComparison.Ordinal)) ?? "";
        return rules.Any(rule => rule.StartsWith(":FORWARD DROP", StringComparison.Ordinal))
            || last == "-A FORWARD -j DROP" || last.StartsWith("-A FORWARD -j REJECT", StringComparison.Ordinal);
    }

    internal static bool HasUserChain(string[] rules) => rules.Any(rule => rule.StartsWith($":{ForwardObstacle.UserChain} ", StringComparison.Ordinal));

    private static void Apply(IptablesTool tool, bool isIPv6, string[] bridges, List<string> words)
    {
        string[] rules = tool.Save("filter");
        bool drops = Drops(rules);
        string[] marked = [.. rules.Where(rule => rule.Contains(Mark, StringComparison.Ordinal))];
        string[] wanted = drops ? [.. RulesFor(rules, bridges)] : [];
        if (!marked.SequenceEqual(wanted))
        {
            Replace(tool, marked, wanted);
        }

        if (drops)
        {
            string owner = rules.Any(rule => rule.StartsWith(":ufw", StringComparison.Ordinal)) ? "ufw"
                : rules.Any(rule => rule.StartsWith(":DOCKER", StringComparison.Ordinal)) ? "Docker" : "iptables-legacy";
            words.Add(new ForwardObstacle(isIPv6 ? TableFamily.IPv6 : TableFamily.IPv4, "filter", "FORWARD", owner, false).Warning(bridges.Length > 0));
        }
    }

    private static bool IsComplete(string[] rules, string[] bridges)
        => rules.Where(rule => rule.Contains(Mark, StringComparison.Ordinal)).SequenceEqual(RulesFor(rules, bridges));

    /// <summary>In the words of iptables-save, so that they can be compared.</summary>
    private static IEnumerable<string> RulesFor(string[] rules, string[] bridges)
    {
        if (HasUserChain(rules) && bridges.Length > 0)
        {
            yield return $"-A FORWARD -m comment {Mark} user\" -j {ForwardObstacle.UserChain}";
        }

        foreach (string bridge in bridges)
        {
            yield return $"-A FORWARD -i {bridge} -m comment {Mark} from\" -j ACCEPT";
            yield return $"-A FORWARD -o {bridge} -m comment {Mark} to\" -j ACCEPT";
        }
    }

    private static void Replace(IptablesTool tool, string[] marked, string[] wanted)
    {
        var changes = new StringBuilder("*filter\n");
        foreach (string rule in marked)
        {
            changes.Append("-D").Append(rule.AsSpan(2)).Append('\n');
        }

        foreach (string rule in wanted.Reverse())
        {
            changes.Append("-I").Append(rule.AsSpan(2)).Append('\n');
        }

        tool.Restore(changes.Append("COMMIT\n").ToString());
    }

    /// <summary>Asking the program would put the tables there that it asks about.</summary>
    private static bool IsInUse(bool isIPv6)
        => KernelFile.TryRead($"/proc/thread-self/net/{(isIPv6 ? "ip6" : "ip")}_tables_names", out byte[]? names)
            && Encoding.UTF8.GetString(names).Split('\n').Contains("filter");
}
