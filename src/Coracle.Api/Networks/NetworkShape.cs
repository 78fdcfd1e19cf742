using System.Text.Json;

namespace Coracle.Api;

/// <summary>NetworkSettings, complete in shape and empty in content until there are networks: clients read its members unasked.</summary>
internal static class NetworkShape
{
    private static readonly string[] _emptyTexts = ["EndpointID", "Gateway", "GlobalIPv6Address", "IPAddress", "IPv6Gateway", "MacAddress"];

    private static readonly string[] _zeros = ["GlobalIPv6PrefixLen", "IPPrefixLen"];

    public static void WriteSettings(Utf8JsonWriter json, string mode)
    {
        json.WriteStartObject("NetworkSettings"u8);
        json.WriteString("Bridge"u8, ""u8);
        json.WriteString("SandboxID"u8, ""u8);
        json.WriteString("SandboxKey"u8, ""u8);
        json.WriteStartObject("Ports"u8);
        json.WriteEndObject();
        json.WriteBoolean("HairpinMode"u8, false);
        json.WriteString("LinkLocalIPv6Address"u8, ""u8);
        json.WriteNumber("LinkLocalIPv6PrefixLen"u8, 0);
        json.WriteNull("SecondaryIPAddresses"u8);
        json.WriteNull("SecondaryIPv6Addresses"u8);
        WriteAddresses(json);
        WriteNetworks(json, mode);
        json.WriteEndObject();
    }

    public static void WriteNetworks(Utf8JsonWriter json, string mode)
    {
        json.WriteStartObject("Networks"u8);
        json.WriteStartObject(mode);
        json.WriteNull("IPAMConfig"u8);
        json.WriteNull("Links"u8);
        json.WriteNull("Aliases"u8);
        json.WriteNull("DriverOpts"u8);
        json.WriteNumber("GwPriority"u8, 0);
        json.WriteString("NetworkID"u8, ""u8);
        WriteAddresses(json);
        json.WriteNull("DNSNames"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAddresses(Utf8JsonWriter json)
    {
        foreach (string name in _emptyTexts)
        {
            json.WriteString(name, ""u8);
        }

        foreach (string name in _zeros)
        {
            json.WriteNumber(name, 0);
        }
    }
}
