using System.Net;
using System.Text;
using Coracle.Linux;
using Coracle.Wire;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>What decides the text of a container's three files.</summary>
/// <param name="HostName">What the container calls itself.</param>
/// <param name="Links">The containers that it has legacy links to.</param>
/// <param name="Gateways">What <c>host-gateway</c> stands for.</param>
internal sealed record NetworkFilesInput(
    ContainerRecord Record, string HostName, IReadOnlyList<LinkedContainer> Links, IReadOnlyList<IPAddress> Gateways)
{
    public HostConfig Wishes => Record.HostConfig;

    public bool SharesHost => NetworkChoice.IsHost(Record.HostConfig);

    /// <summary>A network of a user's, on which our name server answers at 127.0.0.11.</summary>
    public bool HasNameServer => Record.Sandbox?.Endpoints.Any(endpoint => NetworkChoice.IsUserDefined(endpoint.Network)) == true;

    public bool ReachesIPv6 => Record.Sandbox?.Endpoints.Any(endpoint => endpoint.GlobalIPv6Address.Length > 0) == true;

    /// <summary>Its own addresses on one network, under its own names.</summary>
    public IEnumerable<HostsEntry> OwnEntries(GivenEndpoint endpoint)
        => new[] { endpoint.IPAddress, endpoint.GlobalIPv6Address }.Where(address => address.Length > 0)
            .Select(address => new HostsEntry(address, HostsText.OwnNames(HostName, Record.Config.Domainname)));
}

/// <summary>
/// The three files every container gets from the host: hostname, hosts, resolv.conf. Written anew at each start, so they are
/// not durable and cost no fsync.
/// </summary>
internal static class NetworkFiles
{
    public const string Hostname = "hostname";

    public const string Hosts = "hosts";

    public const string ResolvConf = "resolv.conf";

    private const string Hash = "resolv.conf.hash";

    private const string HostsOfHost = "/etc/hosts";

    private const int WorldReadable = 0x1A4; // 0644

    private const int MostBytes = 1 << 20;

    public static void Write(DirectoryHandle directory, NetworkFilesInput input)
    {
        WriteFile(directory, Hostname, input.HostName + "\n");
        WriteFile(directory, Hosts, HostsOf(input));
        WriteResolvConf(directory, input);
    }

    /// <summary>After the networks of a running container changed: resolv.conf anew, unless somebody has edited it since we wrote it.</summary>
    /// <remarks>In place: the container has the very file mounted.</remarks>
    public static void Refresh(DirectoryHandle directory, NetworkFilesInput input)
    {
        string? hash = TryReadText(directory, Hash);
        if (hash is null || (TryReadText(directory, ResolvConf) is string text && hash == Core.ResolvConf.HashOf(text)))
        {
            WriteResolvConf(directory, input);
        }
    }

    /// <summary>The lines of one network come or go; what else is in the file stays as whoever wrote it left it.</summary>
    public static void ChangeHosts(DirectoryHandle directory, IReadOnlyList<HostsEntry> entries, bool add)
    {
        if (TryReadText(directory, Hosts) is string text)
        {
            WriteFile(directory, Hosts, add ? HostsText.With(text, entries) : HostsText.Without(text, entries));
        }
    }

    /// <summary>A linked container came back, perhaps at another address: its line says where.</summary>
    public static void MoveHost(DirectoryHandle directory, HostsEntry entry)
    {
        if (TryReadText(directory, Hosts) is string text)
        {
            string[] lines = text.Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                lines[i] = lines[i].EndsWith("\t" + entry.Names, StringComparison.Ordinal) ? entry.ToString().TrimEnd('\n') : lines[i];
            }

            WriteFile(directory, Hosts, string.Join('\n', lines));
        }
    }

    /// <summary>On the host's network without names of its own it has the host's file, as it is.</summary>
    internal static string HostsOf(NetworkFilesInput input)
    {
        IReadOnlyList<ExtraHost> extra = ExtraHost.Parse(input.Wishes);
        if (input.SharesHost && extra.Count == 0)
        {
            return Encoding.UTF8.GetString(HostPath.ReadOrEmpty(HostsOfHost));
        }

        IEnumerable<HostsEntry> own = (input.Record.Sandbox?.Endpoints ?? []).SelectMany(input.OwnEntries);
        return HostsText.Build(
            [.. extra.SelectMany(host => host.Entries(input.Gateways)), .. input.Links.Select(link => link.HostsEntry), .. own], withIPv6: true);
    }

    internal static string ResolvConfOf(NetworkFilesInput input, Func<string, string> read)
    {
        string host = read(Core.ResolvConf.OfHost);
        if (input.SharesHost)
        {
            bool wishes = input.Wishes is { Dns.Count: > 0 } or { DnsSearch.Count: > 0 } or { DnsOptions.Count: > 0 };
            return wishes ? Core.ResolvConf.Parse(host, Core.ResolvConf.OfHost).Override(input.Wishes).ToString() : host;
        }

        string source = Core.ResolvConf.SourceFor(host, input.HasNameServer);
        Core.ResolvConf conf = Core.ResolvConf.Parse(source == Core.ResolvConf.OfHost ? host : read(source), source).Override(input.Wishes);
        return (input.HasNameServer ? conf.FitNameServer(input.ReachesIPv6) : conf.FitWithoutNameServer(input.ReachesIPv6)).ToString();
    }

    private static void WriteResolvConf(DirectoryHandle directory, NetworkFilesInput input)
    {
        string text = ResolvConfOf(input, path => Encoding.UTF8.GetString(HostPath.ReadOrEmpty(path)));
        WriteFile(directory, ResolvConf, text);
        WriteFile(directory, Hash, Core.ResolvConf.HashOf(text));
    }

    /// <returns>Null when it is not there, or the container has made it so long that it is not ours to understand any more.</returns>
    private static string? TryReadText(DirectoryHandle directory, string name)
    {
        try
        {
            return DurableFile.TryRead(directory, name, MostBytes) is byte[] content ? Encoding.UTF8.GetString(content) : null;
        }
        catch (LinuxException e) when (e.Errno == Errno.EFBIG)
        {
            return null;
        }
    }

    private static void WriteFile(DirectoryHandle directory, string name, string content)
    {
        using SafeFileHandle file = directory.OpenTruncated(name, WorldReadable);
        RandomAccess.Write(file, Encoding.UTF8.GetBytes(content), fileOffset: 0);
    }
}
