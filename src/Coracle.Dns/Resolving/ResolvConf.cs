using System.Globalization;
using System.Net;
using System.Text;

namespace Coracle.Dns;

/// <summary>resolv.conf(5): whom to ask and how. The limits are glibc's.</summary>
/// <param name="Rotate">Each question begins with another server.</param>
internal sealed record ResolvConf(
    IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> Search, int Ndots, TimeSpan Timeout, int Attempts, bool Rotate)
{
    private const int DnsPort = 53;

    private const int MaxServers = 3;

    private const int MaxSearch = 6;

    public static ResolvConf Parse(ReadOnlySpan<byte> content)
    {
        List<IPEndPoint> servers = [];
        IReadOnlyList<string> search = [];
        int ndots = 1, seconds = 5, attempts = 2;
        bool rotate = false;
        foreach (ReadOnlySpan<char> line in Encoding.UTF8.GetString(content).AsSpan().EnumerateLines())
        {
            string[] words = line.ToString().Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["nameserver", string address, ..] when servers.Count < MaxServers && IPAddress.TryParse(address, out IPAddress? server):
                    servers.Add(new IPEndPoint(server, DnsPort));
                    break;
                case ["domain" or "search", .. string[] domains]:
                    search = domains[..Math.Min(domains.Length, MaxSearch)];
                    break;
                case ["options", .. string[] options]:
                    ndots = Option(options, "ndots:", ndots, 15);
                    seconds = Option(options, "timeout:", seconds, 30);
                    attempts = Option(options, "attempts:", attempts, 5);
                    rotate |= options.Contains("rotate");
                    break;
            }
        }

        if (servers.Count == 0)
        {
            // glibc's and Go's default where the file names nobody.
            servers.Add(new IPEndPoint(IPAddress.Loopback, DnsPort));
        }

        return new ResolvConf(servers, search, ndots, TimeSpan.FromSeconds(Math.Max(1, seconds)), Math.Max(1, attempts), rotate);
    }

    /// <summary>The names to ask for, in order: with enough dots the name itself comes first, else the search list.</summary>
    public IReadOnlyList<string> Candidates(string host)
    {
        if (host.EndsWith('.'))
        {
            return [host[..^1]];
        }

        List<string> names = [];
        foreach (string domain in Search)
        {
            string suffix = domain.Trim('.');
            if (suffix.Length > 0)
            {
                names.Add(host + "." + suffix);
            }
        }

        names.Insert(host.AsSpan().Count('.') >= Ndots ? 0 : names.Count, host);
        return names;
    }

    private static int Option(string[] options, string prefix, int otherwise, int maximum)
    {
        foreach (string option in options)
        {
            if (option.StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(option.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            {
                return Math.Min(value, maximum);
            }
        }

        return otherwise;
    }
}
