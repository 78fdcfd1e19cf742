using System.Globalization;
using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>NetworkSettings of inspect, and what of it the list shows. Complete in shape whether or not the container runs: clients read its members unasked.</summary>
internal static class NetworkSettingsShape
{
    private static readonly GivenEndpoint _nothing = new();

    private static readonly SandboxState _noSandbox = new();

    private static readonly EndpointSettings _noWish = new();

    public static void WriteSettings(Utf8JsonWriter json, ContainerRecord record, ApiVersion version)
    {
        SandboxState sandbox = record.Sandbox ?? _noSandbox;
        json.WriteStartObject("NetworkSettings"u8);
        json.WriteString("Bridge"u8, ""u8);
        json.WriteString("SandboxID"u8, sandbox.Id);
        json.WriteString("SandboxKey"u8, sandbox.Key);
        WritePorts(json, sandbox.Ports);
        json.WriteBoolean("HairpinMode"u8, false);
        json.WriteString("LinkLocalIPv6Address"u8, ""u8);
        json.WriteNumber("LinkLocalIPv6PrefixLen"u8, 0);
        json.WriteNull("SecondaryIPAddresses"u8);
        json.WriteNull("SecondaryIPv6Addresses"u8);
        WriteBridge(json, sandbox.On("bridge") ?? _nothing);
        json.WriteStartObject("Networks"u8);
        foreach (NetworkMembership membership in record.Networks)
        {
            WriteNetwork(json, record, membership, version);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The list's: what was given, not what was asked for.</summary>
    public static void WriteNetworks(Utf8JsonWriter json, ContainerRecord record, ApiVersion version)
    {
        json.WriteStartObject("Networks"u8);
        foreach (NetworkMembership membership in record.Networks)
        {
            json.WriteStartObject(membership.Network);
            WriteWish(json, membership.Wish.IpamConfig, _noWish, null);
            WriteGiven(json, record, membership, version);
            json.WriteNull("DNSNames"u8);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>The list's Ports: one entry a place, numbers instead of texts.</summary>
    public static void WritePortList(Utf8JsonWriter json, ContainerRecord record)
    {
        json.WriteStartArray("Ports"u8);
        foreach (PublishedPort port in record.Sandbox?.Ports ?? [])
        {
            json.WriteStartObject();
            if (port.IsPublished)
            {
                json.WriteString("IP"u8, port.HostAddress);
            }

            json.WriteNumber("PrivatePort"u8, port.Port.Number);
            if (port.IsPublished)
            {
                json.WriteNumber("PublicPort"u8, port.HostPort);
            }

            json.WriteString("Type"u8, ContainerPort.Word(port.Port.Protocol));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>By port, of each the places where it is published; null where there is none.</summary>
    private static void WritePorts(Utf8JsonWriter json, IReadOnlyList<PublishedPort> ports)
    {
        json.WriteStartObject("Ports"u8);
        foreach (IGrouping<ContainerPort, PublishedPort> port in ports.GroupBy(port => port.Port))
        {
            if (!port.First().IsPublished)
            {
                json.WriteNull(port.Key.ToString());
                continue;
            }

            json.WriteStartArray(port.Key.ToString());
            foreach (PublishedPort place in port)
            {
                json.WriteStartObject();
                json.WriteString("HostIp"u8, place.HostAddress);
                json.WriteString("HostPort"u8, place.HostPort.ToString(CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteNetwork(Utf8JsonWriter json, ContainerRecord record, NetworkMembership membership, ApiVersion version)
    {
        json.WriteStartObject(membership.Network);
        WriteWish(json, membership.Wish.IpamConfig, membership.Wish, AliasesOf(record, membership, version));
        WriteGiven(json, record, membership, version);
        if (version.Adds(44))
        {
            WriteTexts(json, "DNSNames", record.Sandbox?.On(membership.Network)?.DnsNames);
        }

        json.WriteEndObject();
    }

    /// <summary>Before 1.45 a container's short id and host name were among its aliases, and clients look for them there.</summary>
    private static IReadOnlyList<string>? AliasesOf(ContainerRecord record, NetworkMembership membership, ApiVersion version)
        => version.IsBefore(45) && DnsNames.Of(record, membership) is not null
            ? [.. Enumerable.Distinct([.. membership.Wish.Aliases ?? [], record.ShortId, record.Config.Hostname]).Where(alias => alias.Length > 0)]
            : membership.Wish.Aliases;

    private static void WriteWish(Utf8JsonWriter json, EndpointIpamConfig? addresses, EndpointSettings wish, IReadOnlyList<string>? aliases)
    {
        if (addresses is null)
        {
            json.WriteNull("IPAMConfig"u8);
        }
        else
        {
            json.WritePropertyName("IPAMConfig"u8);
            EndpointIpamConfig.Table.Write(json, addresses);
        }

        WriteTexts(json, "Links", wish.Links);
        WriteTexts(json, "Aliases", aliases);
        if (wish.DriverOpts is null)
        {
            json.WriteNull("DriverOpts"u8);
            return;
        }

        json.WriteStartObject("DriverOpts"u8);
        foreach ((string name, string value) in wish.DriverOpts.OrderBy(option => option.Key, StringComparer.Ordinal))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static void WriteGiven(Utf8JsonWriter json, ContainerRecord record, NetworkMembership membership, ApiVersion version)
    {
        GivenEndpoint given = record.Sandbox?.On(membership.Network) ?? _nothing;
        bool wasNeverUp = record.StartedAt is null;
        json.WriteString("MacAddress"u8, given.MacAddress.Length > 0 || !wasNeverUp ? given.MacAddress : membership.Wish.MacAddress);
        if (version.Adds(48))
        {
            json.WriteNumber("GwPriority"u8, membership.Wish.GatewayPriority);
        }

        json.WriteString("NetworkID"u8, given.NetworkId.Length > 0 ? given.NetworkId : membership.NetworkId);
        WriteAddresses(json, given);
    }

    /// <summary>On the default network Docker shows an endpoint twice; below 1.52 clients read this one.</summary>
    private static void WriteBridge(Utf8JsonWriter json, GivenEndpoint given)
    {
        WriteAddresses(json, given);
        json.WriteString("MacAddress"u8, given.MacAddress);
    }

    private static void WriteAddresses(Utf8JsonWriter json, GivenEndpoint given)
    {
        json.WriteString("EndpointID"u8, given.EndpointId);
        json.WriteString("Gateway"u8, given.Gateway);
        json.WriteString("IPAddress"u8, given.IPAddress);
        json.WriteNumber("IPPrefixLen"u8, given.IPPrefixLength);
        json.WriteString("IPv6Gateway"u8, given.IPv6Gateway);
        json.WriteString("GlobalIPv6Address"u8, given.GlobalIPv6Address);
        json.WriteNumber("GlobalIPv6PrefixLen"u8, given.GlobalIPv6PrefixLength);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
