using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>The body of POST /networks/create.</summary>
public sealed class NetworkCreateRequest
{
    public string Name { get; set; } = "";

    /// <summary>Empty is <c>bridge</c>.</summary>
    public string Driver { get; set; } = "";

    /// <summary>Empty is the driver's own: local.</summary>
    public string Scope { get; set; } = "";

    /// <summary>Null leaves it to the options, and is true without any.</summary>
    public bool? EnableIPv4 { get; set; }

    /// <summary>As <see cref="EnableIPv4"/>, and false without any.</summary>
    public bool? EnableIPv6 { get; set; }

    public IpamRequest? Ipam { get; set; }

    public bool Internal { get; set; }

    public bool Attachable { get; set; }

    public bool Ingress { get; set; }

    public bool ConfigOnly { get; set; }

    public ConfigReference? ConfigFrom { get; set; }

    public IReadOnlyDictionary<string, string>? Options { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    public static JsonTable<NetworkCreateRequest> Table { get; } = new("CreateRequest", () => new NetworkCreateRequest(),
    [
        Text<NetworkCreateRequest>("Name", n => n.Name, (n, v) => n.Name = v),
        Meaningless<NetworkCreateRequest>("CheckDuplicate"), // always checked, as since 1.44
        Text<NetworkCreateRequest>("Driver", n => n.Driver, (n, v) => n.Driver = v),
        Text<NetworkCreateRequest>("Scope", n => n.Scope, (n, v) => n.Scope = v),
        OptionalFlag<NetworkCreateRequest>("EnableIPv4", n => n.EnableIPv4, (n, v) => n.EnableIPv4 = v),
        OptionalFlag<NetworkCreateRequest>("EnableIPv6", n => n.EnableIPv6, (n, v) => n.EnableIPv6 = v),
        Object("IPAM", IpamRequest.Table, (NetworkCreateRequest n) => n.Ipam, (n, v) => n.Ipam = v),
        Flag<NetworkCreateRequest>("Internal", n => n.Internal, (n, v) => n.Internal = v),
        Flag<NetworkCreateRequest>("Attachable", n => n.Attachable, (n, v) => n.Attachable = v),
        Flag<NetworkCreateRequest>("Ingress", n => n.Ingress, (n, v) => n.Ingress = v),
        Flag<NetworkCreateRequest>("ConfigOnly", n => n.ConfigOnly, (n, v) => n.ConfigOnly = v),
        Object("ConfigFrom", ConfigReference.Table, (NetworkCreateRequest n) => n.ConfigFrom, (n, v) => n.ConfigFrom = v),
        TextMap<NetworkCreateRequest>("Options", n => n.Options, (n, v) => n.Options = v),
        TextMap<NetworkCreateRequest>("Labels", n => n.Labels, (n, v) => n.Labels = v),
    ]);
}

/// <summary>The network whose configuration is taken.</summary>
public sealed class ConfigReference
{
    public string Network { get; set; } = "";

    public static JsonTable<ConfigReference> Table { get; } = new("ConfigReference", () => new ConfigReference(),
    [
        Text<ConfigReference>("Network", c => c.Network, (c, v) => c.Network = v),
    ]);
}

/// <summary>Where a network's addresses come from.</summary>
public sealed class IpamRequest
{
    /// <summary>Empty is <c>default</c>.</summary>
    public string Driver { get; set; } = "";

    public IReadOnlyDictionary<string, string>? Options { get; set; }

    public IReadOnlyList<IpamConfigRequest>? Config { get; set; }

    public static JsonTable<IpamRequest> Table { get; } = new("IPAM", () => new IpamRequest(),
    [
        Text<IpamRequest>("Driver", i => i.Driver, (i, v) => i.Driver = v),
        TextMap<IpamRequest>("Options", i => i.Options, (i, v) => i.Options = v),
        Objects("Config", IpamConfigRequest.Table, (IpamRequest i) => i.Config, (i, v) => i.Config = v),
    ]);
}

/// <summary>One subnet; empty where nothing was said.</summary>
public sealed class IpamConfigRequest
{
    public string Subnet { get; set; } = "";

    public string IPRange { get; set; } = "";

    public string Gateway { get; set; } = "";

    public IReadOnlyDictionary<string, string>? AuxiliaryAddresses { get; set; }

    public static JsonTable<IpamConfigRequest> Table { get; } = new("IPAM.Config", () => new IpamConfigRequest(),
    [
        Text<IpamConfigRequest>("Subnet", c => c.Subnet, (c, v) => c.Subnet = v, omitEmpty: true),
        Text<IpamConfigRequest>("IPRange", c => c.IPRange, (c, v) => c.IPRange = v, omitEmpty: true),
        Text<IpamConfigRequest>("Gateway", c => c.Gateway, (c, v) => c.Gateway = v, omitEmpty: true),
        TextMap<IpamConfigRequest>("AuxiliaryAddresses", c => c.AuxiliaryAddresses, (c, v) => c.AuxiliaryAddresses = v, omitNull: true),
    ]);
}
