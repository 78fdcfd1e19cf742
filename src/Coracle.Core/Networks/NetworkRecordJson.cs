using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Coracle.Networking;

namespace Coracle.Core;

/// <summary>networks/&lt;id&gt;.json.</summary>
internal static class NetworkRecordJson
{
    /// <summary>Labels and options are all that can be long; a request that makes a network has at most 1 MiB.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    private const int Version = 1;

    public static byte[] ToJson(NetworkRecord record)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, Version);
            json.WriteString("id"u8, record.Id.Text);
            json.WriteString("name"u8, record.Name);
            json.WriteString("created"u8, record.Created.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("driver"u8, record.Driver);
            json.WriteString("scope"u8, record.Scope);
            json.WriteBoolean("ipv4"u8, record.EnableIPv4);
            json.WriteBoolean("ipv6"u8, record.EnableIPv6);
            json.WriteBoolean("internal"u8, record.Internal);
            json.WriteBoolean("attachable"u8, record.Attachable);
            json.WriteBoolean("configOnly"u8, record.ConfigOnly);
            json.WriteString("configFrom"u8, record.ConfigFrom);
            json.WriteString("ipamDriver"u8, record.IpamDriver);
            WriteMap(json, "ipamOptions", record.IpamOptions);
            WriteSubnets(json, record.Subnets);
            WriteMap(json, "options", record.Options);
            WriteMap(json, "labels", record.Labels);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="FormatException">It does not say what a record says, or is of a newer version.</exception>
    public static NetworkRecord Parse(byte[] content)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            int version = root.GetProperty("version").GetInt32();
            return version == Version ? Read(root) : throw new FormatException($"version {version} is newer than this engine");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static NetworkRecord Read(JsonElement root) => new()
    {
        Id = NetworkId.TryParse(Text(root, "id"), out NetworkId? id) ? id : throw new FormatException("it has no id"),
        Name = Text(root, "name"),
        Created = root.GetProperty("created").GetDateTimeOffset(),
        Driver = Text(root, "driver"),
        Scope = Text(root, "scope"),
        EnableIPv4 = root.GetProperty("ipv4").GetBoolean(),
        EnableIPv6 = root.GetProperty("ipv6").GetBoolean(),
        Internal = root.GetProperty("internal").GetBoolean(),
        Attachable = root.GetProperty("attachable").GetBoolean(),
        ConfigOnly = root.GetProperty("configOnly").GetBoolean(),
        ConfigFrom = Text(root, "configFrom"),
        IpamDriver = Text(root, "ipamDriver"),
        IpamOptions = ReadMap(root.GetProperty("ipamOptions")),
        Subnets = [.. root.GetProperty("subnets").EnumerateArray().Select(ReadSubnet)],
        Options = ReadMap(root.GetProperty("options")) ?? [],
        Labels = ReadMap(root.GetProperty("labels")) ?? [],
    };

    private static void WriteSubnets(Utf8JsonWriter json, IReadOnlyList<NetworkSubnet> subnets)
    {
        json.WriteStartArray("subnets"u8);
        foreach (NetworkSubnet subnet in subnets)
        {
            json.WriteStartObject();
            json.WriteString("subnet"u8, subnet.Subnet.ToString());
            json.WriteString("range"u8, subnet.Range?.ToString());
            json.WriteString("gateway"u8, subnet.Gateway?.ToString());
            json.WriteBoolean("asked"u8, subnet.IsAsked);
            WriteMap(json, "auxiliary", subnet.Auxiliary?.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static NetworkSubnet ReadSubnet(JsonElement subnet) => new(
        Subnet.Parse(Text(subnet, "subnet")),
        Text(subnet, "range") is { Length: > 0 } range ? Subnet.Parse(range) : null,
        Text(subnet, "gateway") is { Length: > 0 } gateway ? IPAddress.Parse(gateway) : null,
        ReadMap(subnet.GetProperty("auxiliary"))?.ToDictionary(pair => pair.Key, pair => IPAddress.Parse(pair.Value)),
        subnet.GetProperty("asked").GetBoolean());

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? "";

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

    private static Dictionary<string, string>? ReadMap(JsonElement map)
    {
        if (map.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (JsonProperty property in map.EnumerateObject())
        {
            values[property.Name] = property.Value.GetString() ?? "";
        }

        return values;
    }
}
