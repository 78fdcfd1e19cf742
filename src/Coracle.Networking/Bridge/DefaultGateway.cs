using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>Where a sandbox's default route goes: one for each family, and they may be different endpoints.</summary>
internal static class DefaultGateway
{
    /// <returns>The one with the highest priority, among equals the first by its network's name, as Docker has it; null when none leads out.</returns>
    internal static JoinedEndpoint? Choose(IEnumerable<JoinedEndpoint> joined, bool isIPv6)
    {
        JoinedEndpoint? chosen = null;
        foreach (JoinedEndpoint one in joined)
        {
            if (LeadsOut(one.Endpoint, isIPv6) && (chosen is null || IsBefore(one.Endpoint, chosen.Endpoint)))
            {
                chosen = one;
            }
        }

        return chosen;
    }

    internal static NetworkRoute RouteBy(Endpoint endpoint, LinkIndex link, bool isIPv6)
    {
        IPAddress? gateway = GatewayOf(endpoint, isIPv6);
        return new NetworkRoute(new IPNetwork(isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0))
        {
            Link = link,
            Gateway = gateway,
            GatewayIsOnLink = gateway is not null && !endpoint.Addresses.Any(address => address.Reaches(gateway)),
        };
    }

    private static bool LeadsOut(Endpoint endpoint, bool isIPv6)
        => GatewayOf(endpoint, isIPv6) is not null || (endpoint.ReachesAllOnLink && endpoint.Has(isIPv6));

    private static IPAddress? GatewayOf(Endpoint endpoint, bool isIPv6) => isIPv6 ? endpoint.GatewayIPv6 : endpoint.GatewayIPv4;

    private static bool IsBefore(Endpoint one, Endpoint other)
        => one.GatewayPriority != other.GatewayPriority
            ? one.GatewayPriority > other.GatewayPriority
            : string.CompareOrdinal(one.NetworkName, other.NetworkName) < 0;
}
