using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>What a test's host looked like at one moment: links, addresses, routes, rules, settings, namespaces, processes. One line each, with its kind.</summary>
internal sealed partial record HostFacts(IReadOnlyList<string> Lines)
{
    /// <remarks>
    /// Link-local addresses and their routes come and go with the kernel's duplicate detection, about a second after a link is up; nobody
    /// gives them. IPv6's table "local" follows the addresses, at the same pace. A bridge's carrier follows its ports' when the kernel finds time. Counters count.
    /// </remarks>
    private const string Script = """
        note() { sed "s/^/$1: /"; }
        ip -br link | awk '{ print $1, $3, $NF ~ /[<,]UP[,>]/ ? "up" : "down" }' | note link
        ip -br addr | awk '{ line = $1; for (i = 3; i <= NF; i++) if ($i !~ /^fe80:/) line = line " " $i; print line }' | note address
        { ip -4 route show table all; ip -6 route show table all | grep -v -e fe80: -e ff00: -e ' table local '; } | sed 's/ linkdown//' | note route
        nft -s list ruleset | note nft
        for program in iptables ip6tables; do
          for kind in legacy nft; do $program-$kind-save 2>/dev/null | grep -v '^#' | note $program-$kind; done
        done
        for name in net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.ipv4.conf.lo.route_localnet net.ipv6.conf.all.forwarding; do
          sysctl $name | note setting
        done
        """;

    public static async Task<HostFacts> TakeAsync(NetworkSpace host, Engine engine)
    {
        CommandResult seen = (await host.RunAsync("/bin/sh", "-c", Script)).Succeeds();
        return new HostFacts([.. Sorted(seen.Lines).Select(line => Counters().Replace(line, "").TrimEnd()), .. Namespaces(engine), .. LiveProcesses(host, engine)]);
    }

    /// <summary>Only those of the kinds: <c>link</c>, <c>address</c>, <c>route</c>, <c>nft</c>, <c>iptables-legacy</c>, <c>ip6tables-nft</c> …</summary>
    public HostFacts Of(params string[] kinds) => new([.. Lines.Where(line => kinds.Any(kind => line.StartsWith(kind + ": ", StringComparison.Ordinal)))]);

    public bool Has(string text) => Lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>What came (+) and what went (-), in whatever order it stands; and, where only that is different, the order.</summary>
    public string[] Since(HostFacts before)
    {
        string[] changes = [.. Without(Lines, before.Lines).Select(line => "+ " + line), .. Without(before.Lines, Lines).Select(line => "- " + line)];
        return changes.Length > 0 || Rules().SequenceEqual(before.Rules()) ? changes : ["the order of the rules", .. Rules()];
    }

    public override string ToString() => string.Join('\n', Lines);

    /// <summary>In rules the order is the meaning; links and addresses stand as the kernel found them.</summary>
    private IEnumerable<string> Rules() => Lines.Where(line => line.StartsWith("nft: ", StringComparison.Ordinal) || line.Contains("tables-", StringComparison.Ordinal));

    /// <summary>A set's elements in one line and in an order of ours: the kernel's is that of its hash table.</summary>
    private static IEnumerable<string> Sorted(IEnumerable<string> lines)
    {
        string? elements = null;
        foreach (string line in lines)
        {
            elements = line.Contains("elements = {", StringComparison.Ordinal) ? line[(line.IndexOf('{', StringComparison.Ordinal) + 1)..] : elements is null ? null : elements + line["nft:".Length..];
            if (elements is null)
            {
                yield return line;
            }
            else if (elements.EndsWith('}'))
            {
                yield return "nft: elements " + string.Join(", ", elements[..^1].Split(',').Select(element => element.Trim()).Order(StringComparer.Ordinal));
                elements = null;
            }
        }
    }

    private static List<string> Without(IReadOnlyList<string> all, IReadOnlyList<string> known)
    {
        List<string> left = [.. all];
        foreach (string line in known)
        {
            left.Remove(line);
        }

        return left;
    }

    /// <summary>Those that a file of the engine's holds, as dockerd does it, in its mount namespace: there are copies of others' mounts too.</summary>
    private static IEnumerable<string> Namespaces(Engine engine)
        => Mounts(engine).Where(line => line.Contains(" - nsfs ", StringComparison.Ordinal)).Select(line => line.Split(' ')[4])
            .Where(place => place.StartsWith(engine.Root + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(place => "namespace: " + place);

    private static string[] Mounts(Engine engine) => engine.HasEnded ? [] : Processes.Read(engine.ProcessId, "mountinfo").Split('\n');

    private static IEnumerable<string> LiveProcesses(NetworkSpace host, Engine engine)
        => host.Inhabitants().Where(id => !IsContainerd(id, engine)).Select(id => "process: " + Processes.CommandLine(id)).Order(StringComparer.Ordinal);

    private static bool IsContainerd(int id, Engine engine)
        => Processes.Read(id, "comm").Trim() == "containerd" && !engine.HasEnded && Processes.ParentOf(id) == engine.ProcessId;

    [GeneratedRegex(@" ?\[\d+:\d+\]$")]
    private static partial Regex Counters();
}
