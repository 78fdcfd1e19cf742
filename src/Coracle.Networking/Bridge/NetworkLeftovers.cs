using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>What is wanted on the host, by those who keep records of it.</summary>
/// <param name="Networks">Ids.</param>
/// <param name="Endpoints">Ids, of containers that run.</param>
/// <param name="Parents">Names of interfaces that macvlan and ipvlan networks stand on.</param>
public sealed record WantedLinks(IReadOnlySet<string> Networks, IReadOnlySet<string> Endpoints, IReadOnlySet<string> Parents);

/// <summary>An endpoint's end on the host that was found.</summary>
/// <param name="PeerIndex">Its interface's number in the sandbox.</param>
public sealed record LivingEndpoint(LinkMark Mark, string HostName, LinkIndex PeerIndex);

/// <param name="Living">Endpoints that are wanted and there; a running container whose endpoint is not among them has lost it.</param>
/// <param name="Removed">Names, for the log.</param>
public sealed record SweptLinks(IReadOnlyList<LivingEndpoint> Living, IReadOnlyList<string> Removed);

/// <summary>
/// At a start, before networks are made: interfaces that bear our mark and that nobody wants any more (the engine was killed between two
/// steps, its data were deleted) are removed. Nothing without a mark is touched, but for an unmarked pair that hangs on a marked bridge.
/// </summary>
public static class NetworkLeftovers
{
    /// <summary>In the calling thread's network namespace.</summary>
    public static SweptLinks Sweep(WantedLinks wanted)
    {
        using RouteSocket route = RouteSocket.Open();
        List<LinkFacts> links = [.. route.Links().Select(LinkFacts.Of)];
        List<string> removed = [];
        foreach (LinkFacts link in Unwanted(links, wanted))
        {
            if (route.DeleteLinkIfPresent(link.Index))
            {
                removed.Add(link.Name);
            }
        }

        return new SweptLinks(Living(links, wanted), removed);
    }

    internal static List<LinkFacts> Unwanted(List<LinkFacts> links, WantedLinks wanted)
    {
        HashSet<LinkIndex> bridges = [.. links.Where(link => link is { Kind: "bridge", Mark.Endpoint: null }).Select(link => link.Index)];
        return links.FindAll(link => link switch
        {
            { Kind: "bridge", Mark: { Endpoint: null } mark } => !wanted.Networks.Contains(mark.Network),
            { Kind: "vlan" or "dummy", Mark.Endpoint: null } => !wanted.Parents.Contains(link.Name),
            { Kind: "veth", Mark.Endpoint: { } endpoint } => !wanted.Endpoints.Contains(endpoint),
            { Kind: "veth", Mark: null } => bridges.Contains(link.Master) && link.Alias.Length == 0 && LinkNames.IsVeth(link.Name),
            _ => false,
        });
    }

    internal static List<LivingEndpoint> Living(List<LinkFacts> links, WantedLinks wanted)
    {
        List<LivingEndpoint> living = [];
        foreach (LinkFacts link in links)
        {
            if (link is { Kind: "veth", Mark: { Endpoint: { } endpoint } mark } && wanted.Endpoints.Contains(endpoint))
            {
                living.Add(new LivingEndpoint(mark, link.Name, link.Peer));
            }
        }

        return living;
    }
}

/// <summary>What the sweep looks at.</summary>
internal sealed record LinkFacts(LinkIndex Index, string Name, string Kind)
{
    internal string Alias { get; init; } = "";

    internal LinkIndex Master { get; init; }

    internal LinkIndex Peer { get; init; }

    internal LinkMark? Mark => LinkMark.TryParse(Alias, out LinkMark? mark) ? mark : null;

    internal static LinkFacts Of(NetworkLink link)
        => new(link.Index, link.Name, link.Kind) { Alias = link.Alias, Master = link.Master, Peer = link.Parent };
}
