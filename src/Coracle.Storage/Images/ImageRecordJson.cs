using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>images/&lt;id&gt;.json and names.json.</summary>
internal static class ImageRecordJson
{
    /// <summary>A record of 1,000 layers has 80 KB.</summary>
    public const int MaxRecordLength = 1024 * 1024;

    /// <summary>Some 50,000 names.</summary>
    public const int MaxNamesLength = 8 * 1024 * 1024;

    private const int Version = 1;

    public static byte[] ToJson(ImageRecord record) => Write(json =>
    {
        json.WriteString("id", record.Id.ToString());
        WriteArray(json, "layers", record.Layers.Select(l => l.ToString()));
        WriteArray(json, "manifests", record.Manifests.Select(m => m.ToString()));
        if (record.LastTaggedAt is { } tagged)
        {
            json.WriteString("tagged", tagged.ToString("O", CultureInfo.InvariantCulture));
        }
    });

    /// <exception cref="FormatException">It does not say what a record says, or is of a newer version.</exception>
    public static ImageRecord ParseRecord(byte[] content) => Parse(content, root => new ImageRecord(
        Digest.Parse(root.GetProperty("id").GetString() ?? ""),
        [.. root.GetProperty("layers").EnumerateArray().Select(l => DiffId.Parse(l.GetString() ?? ""))],
        [.. root.GetProperty("manifests").EnumerateArray().Select(m => Digest.Parse(m.GetString() ?? ""))],
        root.TryGetProperty("tagged", out JsonElement tagged) ? tagged.GetDateTimeOffset() : null));

    public static byte[] ToJson(IReadOnlyDictionary<string, Digest> names) => Write(json =>
    {
        json.WriteStartObject("names");
        foreach (string name in names.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteString(name, names[name].ToString());
        }

        json.WriteEndObject();
    });

    /// <inheritdoc cref="ParseRecord"/>
    public static Dictionary<string, Digest> ParseNames(byte[] content) => Parse(content, root =>
        root.GetProperty("names").EnumerateObject().ToDictionary(n => n.Name, n => Digest.Parse(n.Value.GetString() ?? ""), StringComparer.Ordinal));

    private static byte[] Write(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            body(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static T Parse<T>(byte[] content, Func<JsonElement, T> body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            int version = json.RootElement.GetProperty("version").GetInt32();
            return version == Version ? body(json.RootElement) : throw new FormatException($"version {version} is newer than this engine");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException(e.Message, e);
        }
    }
}
