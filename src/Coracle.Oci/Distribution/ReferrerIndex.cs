using System.Buffers;
using System.Text.Json;

namespace Coracle.Oci;

/// <summary>The manifests that are about another one: what a registry answers when asked, or what a tag holds where it cannot be asked.</summary>
/// <remarks>
/// distribution-spec v1.1, "Listing Referrers" and "Referrers Tag Schema". Such an index is shared by every tool: signatures, lists of
/// parts and deltas stand in one. So what this engine cannot read is passed over and, when the index is written again, kept as it was.
/// </remarks>
public sealed class ReferrerIndex
{
    /// <summary>An index that says more is not gone on with.</summary>
    public const int MaxEntries = 1000;

    private const string What = "index of referrers";

    private readonly byte[] _bytes;

    private ReferrerIndex(byte[] bytes, int count, IReadOnlyList<AnnotatedDescriptor> entries)
        => (_bytes, Count, Entries) = (bytes, count, entries);

    public static ReferrerIndex Empty { get; } = Parse("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""u8.ToArray());

    /// <summary>All of them, those that cannot be read included.</summary>
    public int Count { get; }

    public IReadOnlyList<AnnotatedDescriptor> Entries { get; }

    /// <exception cref="OciFormatException">Not JSON, no OCI index, or more than <see cref="MaxEntries"/> entries.</exception>
    public static ReferrerIndex Parse(byte[] bytes)
    {
        using JsonDocument document = JsonFields.ParseDocument(bytes, What);
        JsonElement root = document.RootElement;
        root.RequireObject(What);
        JsonElement? manifests = root.Child("manifests");
        if ((root.Text("mediaType") ?? MediaTypes.OciIndex) != MediaTypes.OciIndex || manifests is not { ValueKind: JsonValueKind.Array } list
            || root.Child("layers") is not null || root.Child("config") is not null)
        {
            throw new OciFormatException($"{What} is another kind of document");
        }

        return list.GetArrayLength() <= MaxEntries
            ? new ReferrerIndex(bytes, list.GetArrayLength(), ReadEntries(list))
            : throw new OciFormatException($"{What} has more than {MaxEntries} entries");
    }

    /// <summary>The same document with further entries behind the others; the same parts give the same bytes.</summary>
    /// <exception cref="OciFormatException">They are too many, or too long.</exception>
    public byte[] With(IReadOnlyList<AnnotatedDescriptor> further)
    {
        using JsonDocument document = JsonFields.ParseDocument(_bytes, What);
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer, ArtifactManifest.Shape);
        json.WriteStartObject();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (!property.NameEquals("manifests"))
            {
                property.WriteTo(json);
            }
        }

        json.WritePropertyName("manifests");
        WriteEntries(json, document.RootElement.GetProperty("manifests"), further);
        json.WriteEndObject();
        json.Flush();
        return Count + further.Count <= MaxEntries && buffer.WrittenCount <= ManifestDocument.MaxBytes
            ? buffer.WrittenSpan.ToArray()
            : throw new OciFormatException($"{What} is full");
    }

    private static void WriteEntries(Utf8JsonWriter json, JsonElement list, IReadOnlyList<AnnotatedDescriptor> further)
    {
        json.WriteStartArray();
        foreach (JsonElement entry in list.EnumerateArray())
        {
            entry.WriteTo(json);
        }

        foreach (AnnotatedDescriptor entry in further)
        {
            AnnotatedDescriptor.Write(json, entry.Descriptor, entry.ArtifactType, entry.Annotations);
        }

        json.WriteEndArray();
    }

    private static List<AnnotatedDescriptor> ReadEntries(JsonElement list)
    {
        List<AnnotatedDescriptor> entries = [];
        foreach (JsonElement entry in list.EnumerateArray())
        {
            try
            {
                entries.Add(AnnotatedDescriptor.Read(entry, "entry in " + What));
            }
            catch (OciFormatException)
            {
                // Of another tool, by another digest perhaps: nothing that we could fetch.
            }
        }

        return entries;
    }
}
