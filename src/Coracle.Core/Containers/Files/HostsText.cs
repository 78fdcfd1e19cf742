using System.Text;

namespace Coracle.Core;

/// <summary>A line of a hosts file.</summary>
/// <param name="Names">Separated by spaces.</param>
internal sealed record HostsEntry(string Address, string Names)
{
    public override string ToString() => $"{Address}\t{Names}\n";
}

/// <summary>/etc/hosts of a container: the names every machine has, then what it was given, byte for byte as Docker writes it.</summary>
internal static class HostsText
{
    private const string Localhost = "127.0.0.1\tlocalhost\n";

    private const string IPv6Names =
        "::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    /// <param name="withIPv6">Without it, lines with IPv6 addresses are left out.</param>
    public static string Build(IEnumerable<HostsEntry> entries, bool withIPv6)
    {
        StringBuilder text = new(Localhost);
        text.Append(withIPv6 ? IPv6Names : "");
        foreach (HostsEntry entry in entries)
        {
            if (withIPv6 || !entry.Address.Contains(':', StringComparison.Ordinal))
            {
                text.Append(entry);
            }
        }

        return text.ToString();
    }

    /// <summary>With lines for a network that was joined meanwhile; whatever else somebody wrote into the file stays.</summary>
    public static string With(string text, IEnumerable<HostsEntry> entries)
    {
        StringBuilder more = new(text);
        if (text.Length > 0 && !text.EndsWith('\n'))
        {
            more.Append('\n');
        }

        return entries.Aggregate(more, (all, entry) => all.Append(entry)).ToString();
    }

    /// <summary>Without the lines of a network that was left.</summary>
    public static string Without(string text, IEnumerable<HostsEntry> entries)
    {
        HashSet<string> gone = [.. entries.Select(entry => entry.ToString())];
        return string.Concat(Lines(text).Where(line => !gone.Contains(line)));
    }

    /// <summary>The names of the container itself: with its domain, and without.</summary>
    public static string OwnNames(string hostname, string domainname)
    {
        string full = domainname.Length > 0 ? $"{hostname}.{domainname}" : hostname;
        int dot = full.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? full : $"{full} {full[..dot]}";
    }

    private static IEnumerable<string> Lines(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start);
            int next = end < 0 ? text.Length : end + 1;
            yield return text[start..next];
            start = next;
        }
    }
}
