using System.Globalization;
using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>A network as Docker shows it.</summary>
internal static class NetworkView
{
    /// <param name="withMembers">Inspect shows who is on it, a list never since 1.28.</param>
    public static void Write(Utf8JsonWriter json, Network network, ApiVersion version, bool withMembers)
    {
        NetworkRecord record = network.Record;
        json.WriteStartObject();
        json.WriteString("Name"u8, record.Name);
        json.WriteString("Id"u8, record.Id.Text);
        json.WriteString("Created"u8, record.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture));
        json.WriteString("Scope"u8, record.Scope);
        json.WriteString("Driver"u8, record.Driver);
        if (version.Adds(48))
        {
            json.WriteBoolean("EnableIPv4"u8, record.EnableIPv4);
        }

        json.WriteBoolean("EnableIPv6"u8, record.EnableIPv6);
        WriteIpam(json, record, version);
        json.WriteBoolean("Internal"u8, record.Internal);
        json.WriteBoolean("Attachable"u8, record.Attachable);
        json.WriteBoolean("Ingress"u8, false);
        json.WriteStartObject("ConfigFrom"u8);
        json.WriteString("Network"u8, record.ConfigFrom);
        json.WriteEndObject();
        json.WriteBoolean("ConfigOnly"u8, record.ConfigOnly);
        WriteMembers(json, withMembers ? network.Endpoints : []);
        WriteMap(json, "Options", record.Options);
        WriteMap(json, "Labels", record.Labels);
        json.WriteEndObject();
    }

    private static void WriteIpam(Utf8JsonWriter json, NetworkRecord record, ApiVersion version)
    {
        json.WriteStartObject("IPAM"u8);
        json.WriteString("Driver"u8, record.IpamDriver);
        WriteMap(json, "Options", record.IpamOptions);
        json.WritePropertyName("Config"u8);
        if (record.Subnets.Count == 0 && !version.IsBefore(44))
        {
            json.WriteNullValue(); // Docker's since 26: a list that was never begun
        }
        else
        {
            json.WriteStartArray();
            foreach (NetworkSubnet subnet in record.Subnets)
            {
                IpamConfigRequest.Table.Write(json, subnet.ToWire());
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, IReadOnlyList<NetworkEndpoint> endpoints)
    {
        json.WriteStartObject("Containers"u8);
        foreach (NetworkEndpoint endpoint in endpoints)
        {
            json.WriteStartObject(endpoint.Container);
            json.WriteString("Name"u8, endpoint.ContainerName);
            json.WriteString("EndpointID"u8, endpoint.Id);
            json.WriteString("MacAddress"u8, endpoint.MacText);
            json.WriteString("IPv4Address"u8, endpoint.IPv4?.ToString() ?? "");
            json.WriteString("IPv6Address"u8, endpoint.IPv6?.ToString() ?? "");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        foreach ((string key, string value) in map)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
