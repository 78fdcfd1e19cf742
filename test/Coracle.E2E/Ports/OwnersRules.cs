using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>A firewall such as a host's owner has, and how it looks without what only counts.</summary>
internal static partial class OwnersRules
{
    /// <summary>Of every kind: nftables with sets, maps and counters, iptables of both programs, both families.</summary>
    public const string Load = """
        nft -f - <<'END'
        table inet owner {
          set friends { type ipv4_addr; flags interval; elements = { 198.51.100.0/24, 203.0.113.7 } }
          map doors { type inet_service : verdict; elements = { 2222 : accept, 2223 : drop } }
          counter hits { }
          chain arriving { type filter hook input priority 5; policy accept; ip saddr @friends counter name hits accept; tcp dport vmap @doors; }
          chain passing { type filter hook forward priority -5; policy accept; counter; }
        }
        table ip6 owner { chain leaving { type route hook output priority 0; policy accept; ip6 daddr 2001:db8:ffff::/48 counter drop; }; }
        table bridge owner { chain frames { type filter hook forward priority 0; policy accept; ether type 0x88cc counter drop; }; }
        END
        for tool in iptables iptables-legacy; do
          $tool -A INPUT -s 198.51.100.9 -m comment --comment "of $tool" -j DROP
          $tool -t nat -A PREROUTING -p tcp --dport 2224 -j REDIRECT --to-ports 22
          $tool -t mangle -A FORWARD -o eth9 -j MARK --set-mark 7
        done
        for tool in ip6tables ip6tables-legacy; do $tool -A INPUT -s 2001:db8:ffff::9 -j REJECT; done
        """;

    /// <summary>Shell words that print all rules; counters and times are left to <see cref="Plain"/>.</summary>
    public const string Show = """
        nft -s list ruleset
        for tool in iptables ip6tables iptables-legacy ip6tables-legacy; do echo "-- $tool"; $tool-save; done
        """;

    public static async Task<string> OfAsync(NetworkHost host) => Plain((await host.OnHostAsync("sh", "-ec", Show)).Succeeds().Output);

    /// <summary>Everything but packet counts and the lines that say when it was printed.</summary>
    public static string Plain(string rules) => string.Join('\n', Counts().Replace(rules, "[0:0]").Split('\n').Where(line => !line.StartsWith('#')));

    /// <summary>Without the tables of the engine: what its owner would see if it were not there.</summary>
    public static string WithoutEngine(string rules) => EnginesTables().Replace(rules, "");

    [GeneratedRegex(@"\[\d+:\d+\]")]
    private static partial Regex Counts();

    [GeneratedRegex(@"^table (ip|ip6) coracle \{\n(.*\n)*?\}\n", RegexOptions.Multiline)]
    private static partial Regex EnginesTables();
}
