using System.Globalization;
using System.Net;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>bridge, host and none as the configuration has them now. Their ids and what nobody chose stay what they were.</summary>
internal static class PredefinedNetworks
{
    /// <param name="found">Of an earlier engine; null when there is none.</param>
    public static NetworkRecord Special(string name, string driver, NetworkRecord? found, DateTimeOffset now) => new()
    {
        Id = found?.Id ?? NetworkId.Create(),
        Name = name,
        Created = found?.Created ?? now,
        Driver = driver,
    };

    /// <summary>The default network, with the subnets that are asked for.</summary>
    /// <param name="found">What nobody chose of it then is chosen again: running containers have addresses there.</param>
    public static NetworkRecord Bridge(NetworkOptions options, NetworkRecord? found, DateTimeOffset now) => new()
    {
        Id = found?.Id ?? NetworkId.Create(),
        Name = NetworkNames.Bridge,
        Created = found?.Created ?? now,
        Driver = NetworkNames.Bridge,
        EnableIPv6 = options.IPv6,
        Options = DriverOptions(options),
        Subnets =
        [
            .. SubnetOf(options.Bip, options.FixedCidr, options.DefaultGateway, found, isIPv6: false),
            .. SubnetOf(options.Bip6, options.FixedCidrV6, options.DefaultGatewayV6, found, isIPv6: true),
        ],
    };

    private static Dictionary<string, string> DriverOptions(NetworkOptions options) => new(StringComparer.Ordinal)
    {
        [BridgeSettings.DefaultBridgeOption] = "true",
        [BridgeSettings.IccOption] = Word(options.Icc),
        [BridgeSettings.MasqueradeOption] = Word(options.IpMasquerade),
        [BridgeSettings.HostBindingOption] = options.HostBinding.ToString(),
        [BridgeSettings.NameOption] = options.BridgeLink,
        [BridgeSettings.MtuOption] = options.Mtu.ToString(CultureInfo.InvariantCulture),
    };

    private static IEnumerable<NetworkSubnet> SubnetOf(
        BridgeAddress? own, Subnet? range, IPAddress? gateway, NetworkRecord? found, bool isIPv6)
    {
        if (own is not null || range is not null)
        {
            // A range alone is the subnet, too.
            Subnet subnet = own?.Subnet ?? range!.Value;
            return [new NetworkSubnet(subnet, own is null ? null : range, own?.Address, Auxiliary(gateway, isIPv6), IsAsked: true)];
        }

        return found?.Subnets.FirstOrDefault(subnet => !subnet.IsAsked && subnet.Subnet.IsIPv6 == isIPv6) is { } chosen
            ? [chosen with { Auxiliary = Auxiliary(gateway, isIPv6) }]
            : [];
    }

    private static Dictionary<string, IPAddress>? Auxiliary(IPAddress? gateway, bool isIPv6)
        => gateway is null ? null : new() { [isIPv6 ? BridgeSettings.GatewayIPv6Name : BridgeSettings.GatewayIPv4Name] = gateway };

    private static string Word(bool value) => value ? "true" : "false";
}
