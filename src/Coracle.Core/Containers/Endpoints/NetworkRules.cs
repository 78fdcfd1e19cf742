using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Which of a create's options about networks can stand together, and whether each is what it says. Docker's words.</summary>
internal static class NetworkRules
{
    public const string PortsDiscarded = "Published ports are discarded when using host network mode";

    /// <param name="asked">The client's own, before the image's is merged in: an image's EXPOSE contradicts nothing.</param>
    /// <exception cref="EngineException">400.</exception>
    public static void Check(ContainerConfig asked, HostConfig host, IReadOnlyList<NamedEndpoint> endpoints)
    {
        CheckMode(asked, host);
        CheckNames(asked, host);
        foreach (string key in asked.ExposedPorts ?? [])
        {
            if (!PortGrammar.TryParseExposed(key, out _, out EngineException? invalid))
            {
                throw invalid!;
            }
        }

        PortWish.Of(asked, host);
        CheckEndpoints(endpoints);
        CheckTogether(host, endpoints);
    }

    private static void CheckMode(ContainerConfig asked, HostConfig host)
    {
        bool joins = JoinedNamespaces.TargetOf(host.NetworkMode) is not null;
        bool links = host.Links is { Count: > 0 };
        (bool Conflicts, string Words)[] rules =
        [
            (host.NetworkMode is "container" or "container:", "invalid container format container:<name|id>"),
            (joins && asked.Hostname.Length > 0, "conflicting options: hostname and the network mode"),
            (joins && links, "conflicting options: container type network can't be used with links. This would result in undefined behavior"),
            (joins && host.Dns is { Count: > 0 }, "conflicting options: dns and the network mode"),
            (joins && host.ExtraHosts is { Count: > 0 }, "conflicting options: custom host-to-IP mapping and the network mode"),
            (joins && (host.PortBindings is { Count: > 0 } || host.PublishAllPorts), "conflicting options: port publishing and the container type network mode"),
            (joins && asked.ExposedPorts is { Count: > 0 }, "conflicting options: port exposing and the container type network mode"),
            (host.UTSMode == "host" && asked.Hostname.Length > 0, "conflicting options: hostname and the UTS mode"),
            (host.UTSMode == "host" && asked.Domainname.Length > 0, "conflicting options: domainname and the UTS mode"),
            (NetworkChoice.IsHost(host) && links, "conflicting options: host type networking can't be used with links. This would result in undefined behavior"),
        ];
        foreach ((bool conflicts, string words) in rules)
        {
            if (conflicts)
            {
                throw new EngineException(Refusal.InvalidArgument, words);
            }
        }
    }

    /// <summary>They end up in files that are read line by line and word by word, a linked container's name in another's.</summary>
    private static void CheckNames(ContainerConfig asked, HostConfig host)
    {
        if (!IsWord(asked.Hostname) || !IsWord(asked.Domainname))
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid hostname format: " + (IsWord(asked.Hostname) ? asked.Domainname : asked.Hostname));
        }

        foreach (string server in host.Dns ?? [])
        {
            if (!AddressText.TryParse(server, out _))
            {
                throw new EngineException(Refusal.InvalidArgument, "bad nameserver address " + server);
            }
        }

        foreach (string word in (host.DnsSearch ?? []).Concat(host.DnsOptions ?? []))
        {
            if (!IsWord(word))
            {
                throw new EngineException(Refusal.InvalidArgument, "invalid DNS search domain or option: " + word);
            }
        }

        foreach (ExtraHost entry in ExtraHost.Parse(host))
        {
            if (!IsWord(entry.Name))
            {
                throw new EngineException(Refusal.InvalidArgument, $"bad format for add-host: \"{entry.Name}:{entry.Address}\"");
            }
        }
    }

    private static bool IsWord(string text) => !text.AsSpan().ContainsAnyInRange('\0', ' ') && !text.Contains('\x7f', StringComparison.Ordinal);

    private static void CheckEndpoints(IReadOnlyList<NamedEndpoint> endpoints)
    {
        List<string> complaints = [];
        foreach (NamedEndpoint endpoint in endpoints)
        {
            string? complaint = endpoint.Settings is EndpointSettings settings ? NetworkEndpointRules.Complaint(settings, network: null, endpoint.Network) : "EndpointsConfig is nil";
            if (complaint is not null)
            {
                complaints.Add($"invalid config for network {endpoint.Network}: {complaint}");
            }
        }

        if (complaints.Count > 0)
        {
            throw new EngineException(Refusal.InvalidArgument, Joined(complaints));
        }
    }

    /// <summary>One as it is, several as a list.</summary>
    private static string Joined(List<string> complaints)
        => complaints is [string only] ? only : string.Join('\n', complaints.Select(complaint => "* " + complaint.Replace("\n", "\n\t", StringComparison.Ordinal)));

    /// <summary>Docker finds these at the start; whoever creates such a container would never see it run.</summary>
    private static void CheckTogether(HostConfig host, IReadOnlyList<NamedEndpoint> endpoints)
    {
        bool others = endpoints.Any(endpoint => endpoint.Network != host.NetworkMode);
        bool shares = NetworkChoice.IsHost(host) || JoinedNamespaces.TargetOf(host.NetworkMode) is not null;
        if (others && shares)
        {
            throw new EngineException(
                Refusal.InvalidArgument, "container sharing network namespace with another container or host cannot be connected to any other network");
        }

        if (endpoints.Count > 1 && endpoints.Any(endpoint => endpoint.Network == "none"))
        {
            throw new EngineException(
                Refusal.InvalidArgument, "container cannot be connected to multiple networks with one of the networks in private (none) mode");
        }
    }
}
