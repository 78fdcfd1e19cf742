using System.Net;

namespace Coracle.Core;

/// <summary>Which of a container's networks publishes its ports, and where the host's ports lead then. A pure function of what it has.</summary>
/// <remarks>As Docker: the network of the default route does, for each family by itself, if it is a bridge; without one nothing is published.</remarks>
internal static class PortPlan
{
    private const string IPv6OfHost = "/proc/net/if_inet6";

    /// <returns>Null where no network of it publishes.</returns>
    public static PortSurroundings? Surroundings(IReadOnlyList<EndpointPlan> plans, NetworkOptions options)
    {
        EndpointPlan? ipv4 = Mapping(plans, isIPv6: false), ipv6 = Mapping(plans, isIPv6: true);
        if ((ipv4 ?? ipv6) is not { } publishing)
        {
            return null;
        }

        IPAddress otherwise = BridgeSettings.Of(publishing.Network).HostBinding ?? options.HostBinding;
        return new PortSurroundings(ipv4?.AddressOf(isIPv6: false), ipv6?.AddressOf(isIPv6: true), otherwise, HostPath.Exists(IPv6OfHost));
    }

    /// <summary>What a container's published ports come to while it has these endpoints, and the ports that a routed network leaves open.</summary>
    public static IReadOnlyList<PortMapping> Mappings(
        IReadOnlyList<PublishedPort> ports, IReadOnlyList<EndpointPlan> plans, ContainerRecord record, NetworkOptions options)
    {
        List<PortMapping> mappings = [];
        if (Surroundings(plans, options) is { } around)
        {
            foreach (PublishedPort port in ports)
            {
                if (port.IsPublished && AddressText.TryParse(port.HostAddress, out IPAddress? host)
                    && (AddressText.IsIPv4(host) ? around.IPv4 ?? around.IPv6 : around.IPv6 ?? around.IPv4) is { } address)
                {
                    mappings.Add(new PortMapping(port.Port.Protocol, host, port.HostPort, address, port.Port.Number));
                }
            }
        }

        mappings.AddRange(Opened(plans, record, isIPv6: false));
        mappings.AddRange(Opened(plans, record, isIPv6: true));
        return mappings;
    }

    /// <summary>Where the default route of a family goes; null where that is no bridge.</summary>
    public static EndpointPlan? PublishingEndpoint(IReadOnlyList<EndpointPlan> plans, bool isIPv6)
    {
        EndpointPlan? chosen = plans.Where(plan => plan.GatewayOf(isIPv6) is not null)
            .OrderByDescending(plan => plan.Wish.GatewayPriority).ThenBy(plan => plan.Network.Name, StringComparer.Ordinal).FirstOrDefault();
        return chosen?.Network.Driver == NetworkNames.Bridge ? chosen : null;
    }

    private static EndpointPlan? Mapping(IReadOnlyList<EndpointPlan> plans, bool isIPv6)
        => PublishingEndpoint(plans, isIPv6) is { } plan && ModeOf(plan, isIPv6) != GatewayMode.Routed ? plan : null;

    private static IEnumerable<PortMapping> Opened(IReadOnlyList<EndpointPlan> plans, ContainerRecord record, bool isIPv6)
    {
        if (PublishingEndpoint(plans, isIPv6) is not { } plan || ModeOf(plan, isIPv6) != GatewayMode.Routed)
        {
            yield break;
        }

        IPAddress every = isIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        foreach (ContainerPort port in PortWish.Of(record.Config, record.HostConfig).Select(wish => wish.Port).Distinct())
        {
            yield return new PortMapping(port.Protocol, every, 0, plan.AddressOf(isIPv6)!, port.Number);
        }
    }

    private static GatewayMode ModeOf(EndpointPlan plan, bool isIPv6)
    {
        BridgeSettings settings = BridgeSettings.Of(plan.Network);
        return isIPv6 ? settings.ModeIPv6 : settings.ModeIPv4;
    }
}
