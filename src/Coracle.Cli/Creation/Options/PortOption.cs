using System.Globalization;

namespace Coracle.Cli;

/// <summary>One port of a container and where it is published.</summary>
/// <param name="Container"><c>80/tcp</c></param>
/// <param name="HostAddress">Empty: every address.</param>
/// <param name="HostPort">A number, a range to choose from, or empty: any.</param>
internal sealed record PortOption(string Container, string HostAddress, string HostPort)
{
    /// <summary><c>-p [[address:]port:]port[/protocol]</c>, with ranges, or <c>published=…,target=…,protocol=…</c>.</summary>
    /// <exception cref="CliException">Docker's words.</exception>
    public static List<PortOption> Parse(string text)
    {
        string written = text.Contains('=', StringComparison.Ordinal) ? ShortForm(text) : text;
        int last = written.LastIndexOf(':');
        string container = written[(last + 1)..];
        string before = last < 0 ? "" : written[..last];
        int middle = before.LastIndexOf(':');
        string host = before[(middle + 1)..];
        string address = AddressOf(middle < 0 ? "" : before[..middle]);
        (string ports, string protocol) = KeyValues.Split(container, '/');
        if (ports.Length == 0)
        {
            throw new CliException($"no port specified: {written}<empty>");
        }

        return Pairs(ports, ProtocolOf(protocol), address, host);
    }

    /// <summary><c>--expose 80[-90][/protocol]</c>.</summary>
    /// <exception cref="CliException">Docker's words.</exception>
    public static List<PortOption> ParseExposed(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            throw new CliException($"invalid port format for --expose: {text}");
        }

        (string ports, string protocol) = KeyValues.Split(text, '/');
        (ushort first, ushort last)? range = RangeOf(ports, out string problem);
        if (range is null)
        {
            throw new CliException($"invalid range format for --expose: {text}, error: {problem}");
        }

        return Pairs(ports, protocol.Length > 0 ? protocol : "tcp", "", ""); // any word: Docker leaves it to the engine
    }

    private static List<PortOption> Pairs(string ports, string protocol, string address, string host)
    {
        (ushort First, ushort Last) inside = RangeOf(ports, out _) ?? throw new CliException($"invalid containerPort: {ports}");
        (ushort First, ushort Last)? outside = host.Length == 0 ? null : RangeOf(host, out _) ?? throw new CliException($"invalid hostPort: {host}");
        bool isChoice = inside.First == inside.Last && outside is not null && outside.Value.First != outside.Value.Last;
        if (outside is (ushort first, ushort last) && !isChoice && last - first != inside.Last - inside.First)
        {
            throw new CliException($"invalid ranges specified for container and host Ports: {ports} and {host}");
        }

        List<PortOption> pairs = [];
        for (int i = 0; i <= inside.Last - inside.First; i++)
        {
            string published = isChoice ? host : outside is null ? "" : (outside.Value.First + i).ToString(CultureInfo.InvariantCulture);
            pairs.Add(new PortOption($"{inside.First + i}/{protocol}", address, published));
        }

        return pairs;
    }

    private static string ShortForm(string text)
    {
        string published = "", target = "", protocol = "tcp";
        foreach (string field in KeyValues.Fields(text))
        {
            (string key, string value) = KeyValues.Split(field);
            switch (key)
            {
                case "published": published = value; break;
                case "target": target = value; break;
                case "protocol": protocol = value; break;
            }
        }

        return $"{published}:{target}/{protocol}";
    }

    private static string AddressOf(string text)
    {
        string address = text is ['[', .. string inner, ']'] ? inner : text;
        return address.Length == 0 || AddressSyntax.IsAddress(address) ? address : throw new CliException($"invalid IP address: {address}");
    }

    private static string ProtocolOf(string text) => text.ToLowerInvariant() switch
    {
        "" => "tcp",
        "tcp" or "udp" or "sctp" => text.ToLowerInvariant(),
        _ => throw new CliException($"invalid proto: {text}"),
    };

    private static (ushort First, ushort Last)? RangeOf(string text, out string problem)
    {
        (string from, string to) = KeyValues.Split(text, '-');
        to = text.Contains('-', StringComparison.Ordinal) ? to : from;
        problem = Number.Complaint(from, 0, ushort.MaxValue) ?? Number.Complaint(to, 0, ushort.MaxValue) ?? "";
        if (problem.Length > 0)
        {
            return null;
        }

        (ushort First, ushort Last) range = (ushort.Parse(from, CultureInfo.InvariantCulture), ushort.Parse(to, CultureInfo.InvariantCulture));
        problem = range.Last < range.First ? $"invalid range specified for port: {text}" : "";
        return problem.Length == 0 ? range : null;
    }
}
