using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Coracle.Storage;

/// <summary>volumes/&lt;name&gt;/volume.json.</summary>
internal static class VolumeRecordJson
{
    /// <summary>Labels are all that can be long; a request that makes a volume has at most 1 MiB.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    private const int Version = 1;

    public static byte[] ToJson(VolumeRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("name", record.Name);
            json.WriteString("created", record.Created.ToString("O", CultureInfo.InvariantCulture));
            Write(json, "labels", record.Labels);
            Write(json, "options", record.Options);
            json.WriteString("owner", record.Owner);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="FormatException">It does not say what a record says, or is of a newer version.</exception>
    public static VolumeRecord Parse(byte[] content)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            int version = root.GetProperty("version").GetInt32();
            return version == Version
                ? new VolumeRecord(
                    Text(root, "name"), root.GetProperty("created").GetDateTimeOffset(), Map(root, "labels"), Map(root, "options"), Text(root, "owner"))
                : throw new FormatException($"version {version} is newer than this engine");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? "";

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string>? map)
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

    private static Dictionary<string, string>? Map(JsonElement root, string name)
    {
        JsonElement map = root.GetProperty(name);
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
