using System.Buffers;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>blobs.json of a layer: the last 16 compressed forms and places it was seen in, newest first.</summary>
internal static class KnownBlobs
{
    public const string FileName = "blobs.json";
    public const int MaxBlobs = 16;
    public const int MaxFileLength = 64 * 1024;

    private const int Version = 1;

    /// <summary>Puts it in front; the oldest beyond the limit goes.</summary>
    public static IReadOnlyList<KnownBlob> With(IReadOnlyList<KnownBlob> blobs, KnownBlob added)
        => [added, .. blobs.Where(b => b.Digest != added.Digest || b.Repository != added.Repository).Where((_, i) => i < MaxBlobs - 1)];

    public static byte[] ToJson(IReadOnlyList<KnownBlob> blobs)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartArray("blobs");
            foreach (KnownBlob blob in blobs)
            {
                json.WriteStartObject();
                json.WriteString("digest", blob.Digest.ToString());
                json.WriteNumber("size", blob.Size);
                json.WriteString("mediaType", blob.MediaType);
                json.WriteString("repository", blob.Repository);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Empty where the file is missing or damaged: it only saves a push some bytes.</summary>
    public static IReadOnlyList<KnownBlob> Parse(byte[]? content)
    {
        if (content is null)
        {
            return [];
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            return [.. json.RootElement.GetProperty("blobs").EnumerateArray().Where((_, i) => i < MaxBlobs).Select(ParseOne)];
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return [];
        }
    }

    private static KnownBlob ParseOne(JsonElement blob) => new(
        Digest.Parse(blob.GetProperty("digest").GetString() ?? ""),
        blob.GetProperty("size").GetInt64(),
        blob.GetProperty("mediaType").GetString() ?? "",
        blob.GetProperty("repository").GetString() ?? "");
}
