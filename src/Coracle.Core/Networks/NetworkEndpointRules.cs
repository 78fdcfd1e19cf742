using System.Net;
using System.Net.Sockets;
using Coracle.Networking;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What Docker has against the settings of one endpoint, and what they come to.</summary>
public static class NetworkEndpointRules
{
    private const string SysctlsOption = "com.docker.network.endpoint.sysctls";

    /// <param name="settings">Null wants nothing in particular.</param>
    /// <param name="network">Null where it does not exist yet: its subnets are looked at when the container starts.</param>
    /// <param name="name">What the network was called.</param>
    /// <exception cref="EngineException">400: all that is wrong.</exception>
    public static void Check(EndpointSettings? settings, NetworkRecord? network, string name)
    {
        if (settings is not null && Complaint(settings, network, name) is string complaint)
        {
            throw new EngineException(Refusal.InvalidArgument, complaint);
        }
    }

    /// <returns>Null when all is well.</returns>
    internal static string? Complaint(EndpointSettings settings, NetworkRecord? network, string name)
    {
        List<string> complaints = [];
        EndpointIpamConfig addresses = settings.IpamConfig ?? new EndpointIpamConfig();
        if (NetworkNames.IsPredefined(network?.Name ?? name))
        {
            AddPredefined(complaints, settings, addresses);
        }

        AddAddresses(complaints, addresses);
        if (network is not null && complaints.Count == 0)
        {
            AddSubnets(complaints, addresses, network);
        }

        if (settings.MacAddress.Length > 0 && !EndpointMac.TryParse(settings.MacAddress, out _))
        {
            return $"invalid MAC address {settings.MacAddress}"; // alone, before all others: as Docker
        }

        AddSysctls(complaints, settings);
        return Complaints.Join("invalid endpoint settings:", complaints);
    }

    /// <summary>After <see cref="Check"/> found nothing.</summary>
    public static EndpointWish Wish(EndpointSettings? settings, string container, string containerName) => new(container, containerName)
    {
        IPv4 = settings?.IpamConfig is { IPv4Address.Length: > 0 } v4 ? IPAddress.Parse(v4.IPv4Address) : null,
        IPv6 = settings?.IpamConfig is { IPv6Address.Length: > 0 } v6 ? IPAddress.Parse(v6.IPv6Address) : null,
        Mac = settings is { MacAddress.Length: > 0 } && EndpointMac.TryParse(settings.MacAddress, out EndpointMac mac) ? mac : null,
    };

    internal static string NoSubnetFor(IPAddress address) => $"no configured subnet or ip-range contain the IP address {address}";

    private static void AddPredefined(List<string> complaints, EndpointSettings settings, EndpointIpamConfig addresses)
    {
        if (addresses.IPv4Address.Length + addresses.IPv6Address.Length > 0)
        {
            complaints.Add("user specified IP address is supported on user defined networks only");
        }

        if (settings.Aliases?.Count > 0)
        {
            complaints.Add("network-scoped alias is supported only for containers in user defined networks");
        }
    }

    private static void AddAddresses(List<string> complaints, EndpointIpamConfig addresses)
    {
        if (addresses.IPv4Address.Length > 0 && !IsUsable(addresses.IPv4Address, AddressFamily.InterNetwork))
        {
            complaints.Add($"invalid IPv4 address: {addresses.IPv4Address}");
        }

        if (addresses.IPv6Address.Length > 0 && !IsUsable(addresses.IPv6Address, AddressFamily.InterNetworkV6))
        {
            complaints.Add($"invalid IPv6 address: {addresses.IPv6Address}");
        }

        foreach (string address in addresses.LinkLocalIPs ?? [])
        {
            if (!Subnet.TryParseAddress(address, out IPAddress parsed) || parsed.Equals(IPAddress.Any) || parsed.Equals(IPAddress.IPv6Any))
            {
                complaints.Add($"invalid link-local IP address: {address}");
            }
        }
    }

    private static bool IsUsable(string text, AddressFamily family)
        => Subnet.TryParseAddress(text, out IPAddress address) && address.AddressFamily == family && !address.IsIPv4MappedToIPv6
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);

    private static void AddSubnets(List<string> complaints, EndpointIpamConfig addresses, NetworkRecord network)
    {
        foreach (string text in (string[])[addresses.IPv4Address, addresses.IPv6Address])
        {
            if (text.Length == 0)
            {
                continue;
            }

            IPAddress address = IPAddress.Parse(text);
            List<NetworkSubnet> asked = [.. network.Subnets.Where(
                subnet => subnet.IsAsked && subnet.Subnet.IsIPv6 == (address.AddressFamily == AddressFamily.InterNetworkV6))];
            if (asked.Count == 0)
            {
                complaints.Add("user specified IP address is supported only when connecting to networks with user configured subnets");
            }
            else if (!asked.Exists(subnet => subnet.Subnet.Contains(address)))
            {
                complaints.Add(NoSubnetFor(address));
            }
        }
    }

    private static void AddSysctls(List<string> complaints, EndpointSettings settings)
    {
        if (settings.DriverOpts is null || !settings.DriverOpts.TryGetValue(SysctlsOption, out string? sysctls))
        {
            return;
        }

        foreach (string sysctl in sysctls.Split(','))
        {
            const int Parts = 5;
            string[] parts = sysctl.Split('.', Parts);
            if (parts.Length != Parts || parts[1] is not ("ipv4" or "ipv6" or "mpls") || parts[3] is not ("IFNAME" or "ifname"))
            {
                complaints.Add($"unrecognised network interface sysctl '{sysctl}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'");
            }
        }
    }
}
