using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>How a container wants to be on one network: in <c>NetworkingConfig</c> of a create, and in the body of a connect.</summary>
/// <remarks>What clients send back of an inspect (addresses that were given, the network's id) is not a wish, and passed over as Docker does.</remarks>
public sealed class EndpointSettings
{
    /// <summary>Null leaves every address to the engine.</summary>
    public EndpointIpamConfig? IpamConfig { get; set; }

    public IReadOnlyList<string>? Links { get; set; }

    public IReadOnlyList<string>? Aliases { get; set; }

    /// <summary>Empty lets the engine choose.</summary>
    public string MacAddress { get; set; } = "";

    public IReadOnlyDictionary<string, string>? DriverOpts { get; set; }

    /// <summary>Of several networks the one with the highest has the default route.</summary>
    public long GatewayPriority { get; set; }

    public static JsonTable<EndpointSettings> Table { get; } = new("EndpointSettings", () => new EndpointSettings(),
    [
        Object("IPAMConfig", EndpointIpamConfig.Table, (EndpointSettings e) => e.IpamConfig, (e, v) => e.IpamConfig = v),
        Texts<EndpointSettings>("Links", e => e.Links, (e, v) => e.Links = v),
        Texts<EndpointSettings>("Aliases", e => e.Aliases, (e, v) => e.Aliases = v),
        Text<EndpointSettings>("MacAddress", e => e.MacAddress, (e, v) => e.MacAddress = v),
        TextMap<EndpointSettings>("DriverOpts", e => e.DriverOpts, (e, v) => e.DriverOpts = v),
        Number<EndpointSettings>("GwPriority", e => e.GatewayPriority, (e, v) => e.GatewayPriority = v),
        Meaningless<EndpointSettings>("NetworkID"),
        Meaningless<EndpointSettings>("EndpointID"),
        Meaningless<EndpointSettings>("Gateway"),
        Meaningless<EndpointSettings>("IPAddress"),
        Meaningless<EndpointSettings>("IPPrefixLen"),
        Meaningless<EndpointSettings>("IPv6Gateway"),
        Meaningless<EndpointSettings>("GlobalIPv6Address"),
        Meaningless<EndpointSettings>("GlobalIPv6PrefixLen"),
        Meaningless<EndpointSettings>("DNSNames"),
    ]);
}

/// <summary>Addresses that somebody named for an endpoint; empty where nobody did.</summary>
public sealed class EndpointIpamConfig
{
    public string IPv4Address { get; set; } = "";

    public string IPv6Address { get; set; } = "";

    public IReadOnlyList<string>? LinkLocalIPs { get; set; }

    public static JsonTable<EndpointIpamConfig> Table { get; } = new("EndpointSettings.IPAMConfig", () => new EndpointIpamConfig(),
    [
        Text<EndpointIpamConfig>("IPv4Address", c => c.IPv4Address, (c, v) => c.IPv4Address = v, omitEmpty: true),
        Text<EndpointIpamConfig>("IPv6Address", c => c.IPv6Address, (c, v) => c.IPv6Address = v, omitEmpty: true),
        Texts<EndpointIpamConfig>("LinkLocalIPs", c => c.LinkLocalIPs, (c, v) => c.LinkLocalIPs = v, omitNull: true),
    ]);
}
