using System.Net;
using Coracle.Dns;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>How the questions of a container are answered: which networks' names it sees, and who is asked for all others.</summary>
/// <param name="options">What the daemon's <c>--dns</c> and <c>--dns-opt</c> say where the container says nothing.</param>
internal sealed class ResolverChoice(NetworkStore networks, NetworkOptions options)
{
    private const ushort NamePort = 53;

    /// <summary>One of its networks has a name server.</summary>
    public static bool HasNames(ContainerRecord record) => record.Sandbox?.Endpoints.Any(endpoint => NetworkChoice.IsUserDefined(endpoint.Network)) == true;

    /// <summary>What it asked for on a network: by the id of a network that it was on before, else by what the network is called.</summary>
    public static NetworkMembership? MembershipOn(NetworkRecord network, ContainerRecord record)
        => record.Networks.FirstOrDefault(membership => membership.NetworkId == network.Id.Text)
            ?? record.Networks.FirstOrDefault(membership => membership.Network == network.Name || membership.Network == network.Id.Text);

    public ResolverSettings Of(ContainerRecord record)
    {
        string[] keys = [.. TablesOf(record).Select(table => table.Key).Where((_, i) => i < ResolverSettings.MostTables)];
        return new ResolverSettings(keys, OutsideOf(record), ServersOf(record));
    }

    /// <summary>In which tables its names are looked for: its links before all networks, as Docker does, and these in the order of default routes.</summary>
    public IReadOnlyList<(NetworkId Network, string Key)> TablesOf(ContainerRecord record)
    {
        List<Network> named = [.. NetworksOf(record).Where(network => NetworkChoice.IsUserDefined(network.Name))];
        IEnumerable<Network> linked = named.Where(network => MembershipOn(network.Record, record)?.Wish.Links is { Count: > 0 });
        return
        [
            .. linked.Select(network => (network.Id, NameTableKey.OfLinks(record.Id, network.Id))),
            .. named.Select(network => (network.Id, NameTableKey.Of(network.Id))),
        ];
    }

    /// <summary>Nothing leaves when all of its networks are internal: a question carries data out (CVE-2024-29018).</summary>
    private OutsideNames OutsideOf(ContainerRecord record)
    {
        if (!NetworksOf(record).Any(network => !network.Record.Internal && !NetworkNames.IsSpecial(network.Record.Driver)))
        {
            return OutsideNames.Refused;
        }

        IReadOnlyList<string> own = record.HostConfig.DnsOptions is { Count: > 0 } asked ? asked : options.DnsOptions;
        return own.Any(option => option is ['n', 'd', 'o', 't', 's', ':', >= '0' and <= '9', ..])
            ? OutsideNames.Forwarded | OutsideNames.OnlyQualified
            : OutsideNames.Forwarded;
    }

    /// <returns>Empty for the host's of the moment.</returns>
    private InternetEndpoint[] ServersOf(ContainerRecord record)
    {
        IEnumerable<string> asked = record.HostConfig.Dns is { Count: > 0 } own ? own : options.Dns.Select(server => server.ToString());
        List<InternetEndpoint> servers = [];
        foreach (string text in asked)
        {
            if (AddressText.TryParse(text, out IPAddress? address) && servers.Count < ResolverSettings.MostServers)
            {
                servers.Add(InternetEndpoint.From(address.GetAddressBytes(), NamePort));
            }
        }

        return [.. servers];
    }

    private IEnumerable<Network> NetworksOf(ContainerRecord record)
    {
        List<Network> joined = [];
        foreach (GivenEndpoint endpoint in record.Sandbox?.Endpoints ?? [])
        {
            if (networks.TryGet(endpoint.NetworkId, out Network? network))
            {
                joined.Add(network);
            }
        }

        return joined.OrderByDescending(network => MembershipOn(network.Record, record)?.Wish.GatewayPriority ?? 0)
            .ThenBy(network => network.Record.Internal)
            .ThenBy(network => network.Name, StringComparer.Ordinal);
    }
}
