using System.Net;

namespace Coracle.Core;

/// <summary>What decides which addresses of the host a wish without an address means.</summary>
/// <param name="IPv4">The container's address on the network that publishes; null where it has none.</param>
/// <param name="IPv6">Likewise.</param>
/// <param name="Default">The network's <c>host_binding_ipv4</c>, or the engine's <c>--ip</c>: 0.0.0.0 unless told otherwise.</param>
/// <param name="HostHasIPv6">The host's kernel does IPv6.</param>
public sealed record PortSurroundings(IPAddress? IPv4, IPAddress? IPv6, IPAddress Default, bool HostHasIPv6)
{
    /// <summary>Where a wish is served, IPv4 first. Both families have the same port.</summary>
    /// <remarks>
    /// 0.0.0.0 as the default means every address, so also ::, as with Docker; a default of one address means that alone. A host address of the
    /// other family than the container's is served all the same (by splicing): what was published is reachable.
    /// </remarks>
    public IReadOnlyList<(IPAddress Host, IPAddress Container)> PlacesOf(PortWish wish)
    {
        List<(IPAddress, IPAddress)> places = [];
        foreach (IPAddress host in wish.HostAddress is IPAddress asked ? [asked] : Everywhere())
        {
            if ((AddressText.IsIPv4(host) ? IPv4 ?? IPv6 : IPv6 ?? IPv4) is IPAddress container)
            {
                places.Add((host, container));
            }
        }

        return places;
    }

    private IPAddress[] Everywhere()
        => !Default.Equals(IPAddress.Any) ? [Default]
            : HostHasIPv6 ? [IPAddress.Any, IPAddress.IPv6Any]
            : [IPAddress.Any];
}
