using System.Net;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>Where IPv4 and IPv6 differ: lengths, offsets, and so the registers in which the parts of a key lie.</summary>
internal sealed class RulesetFamily
{
    internal static readonly RulesetFamily IPv4 = new()
    {
        Family = TableFamily.IPv4,
        Address = SetField.IPv4Address,
        AddressLength = 4,
        SourceOffset = 12,
        DestinationOffset = 16,
        AfterAddress = Register.Word1,
        AfterProtocol = Register.Word2,
        ControlProtocol = 1,
    };

    internal static readonly RulesetFamily IPv6 = new()
    {
        Family = TableFamily.IPv6,
        Address = SetField.IPv6Address,
        AddressLength = 16,
        SourceOffset = 8,
        DestinationOffset = 24,
        AfterAddress = Register.Word4,
        AfterProtocol = Register.Word5,
        ControlProtocol = 58,
    };

    internal required TableFamily Family { get; init; }

    internal required SetField Address { get; init; }

    internal required int AddressLength { get; init; }

    internal required int SourceOffset { get; init; }

    internal required int DestinationOffset { get; init; }

    /// <summary>The register behind an address in <see cref="Register.First"/>.</summary>
    internal required Register AfterAddress { get; init; }

    /// <summary>The one behind that.</summary>
    internal required Register AfterProtocol { get; init; }

    /// <summary>ICMP.</summary>
    internal required byte ControlProtocol { get; init; }

    internal bool IsIPv6 => this == IPv6;

    internal IPNetwork? SubnetOf(NetworkRules rules) => IsIPv6 ? rules.IPv6 : rules.IPv4;

    internal IPAddress? SourceOf(NetworkRules rules) => IsIPv6 ? rules.SourceIPv6 : rules.SourceIPv4;

    internal GatewayMode ModeOf(NetworkRules rules) => IsIPv6 ? rules.ModeIPv6 : rules.ModeIPv4;
}
