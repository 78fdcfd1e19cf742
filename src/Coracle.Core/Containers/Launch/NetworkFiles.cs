using System.Text;
using Coracle.Linux;
using Coracle.Wire;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>
/// The three files every container gets from the host: hostname, hosts, resolv.conf. Written anew at each start, so they are
/// not durable and cost no fsync.
/// </summary>
internal static class NetworkFiles
{
    public const string Hostname = "hostname";

    public const string Hosts = "hosts";

    public const string ResolvConf = "resolv.conf";

    private const int WorldReadable = 0x1A4; // 0644

    private const string LocalNames =
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n"
        + "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    public static void Write(DirectoryHandle directory, HostConfig host, string hostname)
    {
        bool shared = NetworkChoice.IsHost(host);
        WriteFile(directory, Hostname, Encoding.UTF8.GetBytes(hostname + "\n"));
        WriteFile(directory, Hosts, Encoding.UTF8.GetBytes(HostsText(host, shared)));
        WriteFile(directory, ResolvConf, Encoding.UTF8.GetBytes(ResolvText(host, shared)));
    }

    private static string HostsText(HostConfig host, bool shared)
    {
        StringBuilder text = new(shared ? Encoding.UTF8.GetString(HostPath.ReadOrEmpty("/etc/hosts")) : LocalNames);
        foreach ((string name, string address) in ParseExtraHosts(host))
        {
            text.Append(address).Append('\t').Append(name).Append('\n');
        }

        return text.ToString();
    }

    private static string ResolvText(HostConfig host, bool shared)
    {
        string own = Encoding.UTF8.GetString(HostPath.ReadOrEmpty("/etc/resolv.conf"));
        StringBuilder text = new();
        foreach (string line in own.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.Length > 0 && Keep(line, host, shared))
            {
                text.Append(line).Append('\n');
            }
        }

        Append(text, "nameserver ", host.Dns, "\n");
        AppendLine(text, "search", host.DnsSearch?.Where(name => name != ".").ToList());
        AppendLine(text, "options", host.DnsOptions);
        return text.ToString();
    }

    /// <summary>A name server on the host's loopback is not there in a network of one's own.</summary>
    private static bool Keep(string line, HostConfig host, bool shared) => line.Split([' ', '\t'], 2)[0] switch
    {
        "nameserver" => host.Dns is null or { Count: 0 } && (shared || !line.Contains("127.", StringComparison.Ordinal)),
        "search" or "domain" => host.DnsSearch is null or { Count: 0 },
        "options" => host.DnsOptions is null or { Count: 0 },
        _ => true,
    };

    private static void Append(StringBuilder text, string before, IReadOnlyList<string>? items, string after)
    {
        foreach (string item in items ?? [])
        {
            text.Append(before).Append(item).Append(after);
        }
    }

    private static void AppendLine(StringBuilder text, string word, IReadOnlyList<string>? items)
    {
        if (items is { Count: > 0 })
        {
            text.Append(word);
            Append(text, " ", items, "");
            text.Append('\n');
        }
    }

    /// <exception cref="EngineException">Not <c>name:address</c>.</exception>
    public static IEnumerable<(string Name, string Address)> ParseExtraHosts(HostConfig host)
    {
        foreach (string entry in host.ExtraHosts ?? [])
        {
            int colon = entry.IndexOf(':');
            if (colon <= 0)
            {
                throw new EngineException(Refusal.InvalidArgument, $"bad format for add-host: \"{entry}\"");
            }

            string address = entry[(colon + 1)..];
            if (address == "host-gateway")
            {
                throw NotBuilt.Option("HostConfig.ExtraHosts with host-gateway");
            }

            yield return System.Net.IPAddress.TryParse(address.Trim('[', ']'), out System.Net.IPAddress? parsed)
                ? (entry[..colon], parsed.ToString())
                : throw new EngineException(Refusal.InvalidArgument, $"invalid IP address in add-host: \"{address}\"");
        }
    }

    private static void WriteFile(DirectoryHandle directory, string name, byte[] content)
    {
        using SafeFileHandle file = directory.OpenTruncated(name, WorldReadable);
        RandomAccess.Write(file, content, fileOffset: 0);
    }
}
