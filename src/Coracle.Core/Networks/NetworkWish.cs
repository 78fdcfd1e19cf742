using Coracle.Networking;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>A network as somebody wants it.</summary>
public sealed record NetworkWish(string Name)
{
    private static readonly Dictionary<string, string> _none = [];

    /// <summary>Empty is <c>bridge</c>.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Empty is the driver's own.</summary>
    public string Scope { get; init; } = "";

    /// <summary>Null leaves it to the options, and then to Docker's default, true.</summary>
    public bool? EnableIPv4 { get; init; }

    /// <summary>As <see cref="EnableIPv4"/>, and the default is false.</summary>
    public bool? EnableIPv6 { get; init; }

    public bool Internal { get; init; }

    public bool Attachable { get; init; }

    public bool Ingress { get; init; }

    public bool ConfigOnly { get; init; }

    /// <summary>Empty for its own configuration.</summary>
    public string ConfigFrom { get; init; } = "";

    /// <summary>Empty is <c>default</c>.</summary>
    public string IpamDriver { get; init; } = "";

    public IReadOnlyDictionary<string, string>? IpamOptions { get; init; }

    public IReadOnlyList<SubnetWish> Subnets { get; init; } = [];

    public IReadOnlyDictionary<string, string> Options { get; init; } = _none;

    public IReadOnlyDictionary<string, string> Labels { get; init; } = _none;

    /// <param name="knowsIPv4">The client's version lets it be switched off; before, what it says of it means nothing.</param>
    public static NetworkWish Of(NetworkCreateRequest request, bool knowsIPv4) => new(request.Name)
    {
        Driver = request.Driver,
        Scope = request.Scope,
        EnableIPv4 = knowsIPv4 ? request.EnableIPv4 : null,
        EnableIPv6 = request.EnableIPv6,
        Internal = request.Internal,
        Attachable = request.Attachable,
        Ingress = request.Ingress,
        ConfigOnly = request.ConfigOnly,
        ConfigFrom = request.ConfigFrom?.Network ?? "",
        IpamDriver = request.Ipam?.Driver ?? "",
        IpamOptions = request.Ipam?.Options,
        Subnets = [.. (request.Ipam?.Config ?? []).Select(SubnetOf)],
        Options = request.Options ?? _none,
        Labels = request.Labels ?? _none,
    };

    private static SubnetWish SubnetOf(IpamConfigRequest config) => new(config.Subnet, config.IPRange, config.Gateway, config.AuxiliaryAddresses);
}
