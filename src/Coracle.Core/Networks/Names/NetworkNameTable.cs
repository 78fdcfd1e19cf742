using System.Net;
using Coracle.Dns;

namespace Coracle.Core;

/// <summary>The names of one network at one moment: of each container on it its name, aliases, short id and host name; and what single ones call others.</summary>
internal sealed class NetworkNameTable
{
    private readonly Network _network;
    private readonly List<Member> _members = [];

    /// <param name="find">Null for a container that is gone by now.</param>
    public NetworkNameTable(Network network, Func<string, ContainerRecord?> find)
    {
        _network = network;
        foreach (NetworkEndpoint endpoint in network.Endpoints)
        {
            ContainerRecord? record = find(endpoint.Container);
            NetworkMembership? membership = record is null ? null : ResolverChoice.MembershipOn(network.Record, record);
            _members.Add(new Member(endpoint, NamesOf(endpoint, record, membership), membership?.Wish.Links ?? []));
        }
    }

    /// <exception cref="InvalidDataException">They are too many.</exception>
    public byte[] Write()
    {
        NameTableBuilder table = new(_network.Name);
        foreach (Member member in _members)
        {
            foreach (IPAddress address in member.Addresses)
            {
                foreach (string name in member.Names)
                {
                    table.Add(name, address);
                }

                table.AddReverse(address, member.Endpoint.ContainerName);
            }
        }

        return table.Write();
    }

    /// <summary>By key: a table for each container that has links here (<c>--link db:database</c>), in which it alone looks.</summary>
    /// <remarks>As Docker: an alias stands for a name, so it follows when another container is called so.</remarks>
    public IReadOnlyDictionary<string, byte[]> WriteLinks()
        => _members.Where(member => member.Links.Count > 0)
            .ToDictionary(member => NameTableKey.OfLinks(member.Endpoint.Container, _network.Id), LinksOf);

    private byte[] LinksOf(Member member)
    {
        NameTableBuilder table = new(_network.Name);
        foreach (string text in member.Links)
        {
            if (TryParseLink(text, out string name, out string alias))
            {
                foreach (IPAddress address in _members.Where(other => other.IsCalled(name)).SelectMany(other => other.Addresses))
                {
                    table.Add(alias, address);
                }
            }
        }

        return table.Write();
    }

    /// <summary>One that is none stops nobody's names.</summary>
    private static bool TryParseLink(string text, out string name, out string alias)
    {
        try
        {
            (name, alias) = ContainerLink.Parse(text);
            return true;
        }
        catch (EngineException)
        {
            (name, alias) = ("", "");
            return false;
        }
    }

    /// <summary>By what it asked for, not by what was given: that is its name of the moment, and known before it runs.</summary>
    private IReadOnlyList<string> NamesOf(NetworkEndpoint endpoint, ContainerRecord? record, NetworkMembership? membership)
        => record is not null && membership is not null ? DnsNames.Of(record, membership) ?? []
            : record?.Sandbox?.On(_network.Name)?.DnsNames ?? [endpoint.ContainerName, ContainerId.Short(endpoint.Container)];

    private sealed record Member(NetworkEndpoint Endpoint, IReadOnlyList<string> Names, IReadOnlyList<string> Links)
    {
        public IEnumerable<IPAddress> Addresses
            => new[] { Endpoint.IPv4, Endpoint.IPv6 }.OfType<EndpointAddress>().Select(address => address.Address);

        public bool IsCalled(string name) => Endpoint.Container == name || Names.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
