using System.Globalization;
using System.Net;
using System.Text;

namespace Coracle.Networking;

/// <summary>
/// The rules of <see cref="Ruleset"/> in the words of iptables-restore. Without maps each port is a rule, and each change writes all of
/// our chains again; that is what older kernels cost.
/// </summary>
/// <param name="pass">
/// What happens to a packet that we let pass. Here a chain's accept would hold for the owner's rules behind it too: RETURN leaves the
/// decision with them, ACCEPT is for who wants us to take it.
/// </param>
internal sealed class IptablesText(RulesetFamily family, FirewallLedger ledger, string pass, bool hasUserChain)
{
    internal const string Prefix = "CORACLE-";

    private readonly StringBuilder _text = new();

    /// <summary>Chain by chain: where the kernel comes from, and on what condition.</summary>
    private IEnumerable<Jump> Chains()
    {
        if (!family.IsIPv6)
        {
            yield return new("raw", Prefix + "RAW", "PREROUTING");
        }

        yield return new("nat", Prefix + "DNAT", "PREROUTING -m addrtype --dst-type LOCAL");
        yield return new("nat", Prefix + "DNAT", family.IsIPv6 ? "OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL" : "OUTPUT -m addrtype --dst-type LOCAL");
        yield return new("nat", Prefix + "POST", "POSTROUTING");
        yield return new("filter", Prefix + "FORWARD", "FORWARD");
    }

    /// <param name="present">All rules as iptables-save tells them.</param>
    internal string Make(string[] present) => Write(present, isWanted: true);

    /// <inheritdoc cref="Make"/>
    internal string Remove(string[] present) => Write(present, isWanted: false);

    private string Write(string[] present, bool isWanted)
    {
        foreach (string table in new[] { "raw", "nat", "filter" })
        {
            string[] ours = [.. Section(present, table).Where(line => line.Contains(Prefix, StringComparison.Ordinal))];
            string[] chains = [.. Chains().Where(chain => chain.Table == table).Select(chain => chain.Chain).Distinct()];
            if (chains.Length == 0 || (!isWanted && ours.Length == 0))
            {
                continue;
            }

            _text.Append('*').Append(table).Append('\n');
            foreach (string chain in chains)
            {
                _text.Append(':').Append(chain).Append(" - [0:0]\n"); // made, or emptied
            }

            foreach (string line in ours.Where(line => line.StartsWith("-A ", StringComparison.Ordinal) && !line.StartsWith("-A " + Prefix, StringComparison.Ordinal)))
            {
                _text.Append("-D").Append(line.AsSpan(2)).Append('\n');
            }

            if (isWanted)
            {
                WriteRules(table);
            }
            else
            {
                chains.ToList().ForEach(chain => _text.Append("-X ").Append(chain).Append('\n'));
            }

            _text.Append("COMMIT\n");
        }

        return _text.ToString();
    }

    internal static IEnumerable<string> Section(string[] saved, string table)
    {
        int begin = Array.IndexOf(saved, "*" + table) + 1;
        int end = begin == 0 ? 0 : Array.IndexOf(saved, "COMMIT", begin);
        return end < 0 ? saved[begin..] : saved[begin..end];
    }

    private void WriteRules(string table)
    {
        foreach (Jump jump in Chains().Where(jump => jump.Table == table))
        {
            _text.Append("-I ").Append(jump.Entry).Append(" -j ").Append(jump.Chain).Append('\n');
        }

        switch (table)
        {
            case "raw":
                Rule("RAW", "-d 127.0.0.0/8 ! -i lo -j DROP");
                Rule("RAW", "-s 127.0.0.0/8 ! -i lo -j DROP");
                break;
            case "nat":
                WriteTranslations();
                WriteSources();
                break;
            default:
                WriteForward();
                break;
        }
    }

    private void WriteTranslations()
    {
        // A port at one address before the same at all of them.
        foreach (PublishedPort port in ledger.Ports.Where(port => port.IsIPv6 == family.IsIPv6 && port.HostPort != 0).OrderBy(port => port.IsForEveryAddress))
        {
            string to = family.IsIPv6 ? $"[{port.ContainerAddress}]" : $"{port.ContainerAddress}";
            string at = port.IsForEveryAddress ? "" : $"-d {port.HostAddress} ";
            Rule("DNAT", string.Create(CultureInfo.InvariantCulture, $"{at}-p {Word(port.Protocol)} --dport {port.HostPort} -j DNAT --to-destination {to}:{port.ContainerPort}"));
        }
    }

    private void WriteSources()
    {
        foreach (NetworkRules network in ledger.Networks.Values.Where(network => !network.IsInternal && family.ModeOf(network) != GatewayMode.Routed))
        {
            if (family.SubnetOf(network) is not { } subnet)
            {
                continue;
            }

            if (!family.IsIPv6)
            {
                Rule("POST", $"-s 127.0.0.0/8 -o {network.Bridge} -j MASQUERADE");
            }

            Rule("POST", $"-s {subnet} -o {network.Bridge} -m conntrack --ctstate DNAT -j MASQUERADE");
            if (network.Masquerades)
            {
                IPAddress? source = family.SourceOf(network);
                Rule("POST", $"-s {subnet} ! -o {network.Bridge} -j {(source is null ? "MASQUERADE" : $"SNAT --to-source {source}")}");
            }
        }
    }

    private void WriteForward()
    {
        NetworkRules[] networks = [.. ledger.Networks.Values.Where(network => family.SubnetOf(network) is not null)];
        if (hasUserChain)
        {
            Rule("FORWARD", $"-j {ForwardObstacle.UserChain}");
        }

        foreach (NetworkRules network in networks)
        {
            Rule("FORWARD", $"-i {network.Bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j {pass}");
            Rule("FORWARD", $"-o {network.Bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j {pass}");
        }

        foreach (NetworkRules network in networks)
        {
            WriteWithin(network);
        }

        foreach (NetworkRules network in networks.Where(network => network.IsInternal))
        {
            Rule("FORWARD", $"-i {network.Bridge} -j DROP");
        }

        foreach (NetworkRules network in networks)
        {
            WriteInto(network, networks);
        }

        foreach (NetworkRules network in networks)
        {
            Rule("FORWARD", $"-i {network.Bridge} -j {pass}");
        }
    }

    private void WriteWithin(NetworkRules network)
    {
        string within = $"-i {network.Bridge} -o {network.Bridge}";
        if (network.KeepsNeighboursApart)
        {
            Rule("FORWARD", $"{within} -m conntrack --ctstate DNAT -j {pass}");
            Rule("FORWARD", $"{within} -j DROP");
        }
        else
        {
            Rule("FORWARD", $"{within} -j {pass}");
        }
    }

    private void WriteInto(NetworkRules network, NetworkRules[] networks)
    {
        string into = $"-o {network.Bridge}";
        if (network.IsInternal)
        {
            Rule("FORWARD", $"{into} -j DROP");
            return;
        }

        Rule("FORWARD", $"{into} -m conntrack --ctstate DNAT -j {pass}");
        switch (family.ModeOf(network))
        {
            case GatewayMode.Routed:
                foreach (PublishedPort port in ledger.Ports.Where(port => port.HostPort == 0 && family.SubnetOf(network)!.Value.Contains(port.ContainerAddress)))
                {
                    Rule("FORWARD", string.Create(CultureInfo.InvariantCulture, $"{into} -d {port.ContainerAddress} -p {Word(port.Protocol)} --dport {port.ContainerPort} -j {pass}"));
                }

                Rule("FORWARD", $"{into} -p {(family.IsIPv6 ? "ipv6-icmp" : "icmp")} -j {pass}");
                break;
            case GatewayMode.NatUnprotected:
                foreach (NetworkRules other in networks.Where(other => other.Id != network.Id))
                {
                    Rule("FORWARD", $"-i {other.Bridge} {into} -j DROP");
                }

                Rule("FORWARD", $"{into} -j {pass}");
                break;
        }

        Rule("FORWARD", $"{into} -j DROP");
    }

    private void Rule(string chain, string words) => _text.Append("-A ").Append(Prefix).Append(chain).Append(' ').Append(words).Append('\n');

    private static string Word(TransportProtocol protocol) => protocol switch
    {
        TransportProtocol.Tcp => "tcp",
        TransportProtocol.Udp => "udp",
        _ => "sctp",
    };

    private sealed record Jump(string Table, string Chain, string Entry);
}
