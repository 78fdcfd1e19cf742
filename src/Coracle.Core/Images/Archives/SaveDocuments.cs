using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The JSON of an archive, as moby's image/tarexport writes it from version 25 on: field for field, since the manifest's digest is of these bytes.</summary>
internal static class SaveDocuments
{
    /// <summary>A plus sign as it is: Go escapes only what HTML gives a meaning, which none of these values holds.</summary>
    private static readonly JsonWriterOptions _shape = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Manifest(Digest config, int configLength, IReadOnlyList<Descriptor> layers) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion"u8, 2);
        json.WriteString("mediaType"u8, MediaTypes.OciManifest);
        json.WritePropertyName("config"u8);
        WriteDescriptor(json, new Descriptor(MediaTypes.OciConfig, config, configLength));
        json.WriteStartArray("layers"u8);
        foreach (Descriptor layer in layers)
        {
            WriteDescriptor(json, layer);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>index.json: an entry for each tag, or one without a name.</summary>
    public static byte[] Index(IReadOnlyList<SavedImage> images) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion"u8, 2);
        json.WriteString("mediaType"u8, MediaTypes.OciIndex);
        json.WriteStartArray("manifests"u8);
        foreach (SavedImage image in images)
        {
            foreach (ImageReference tag in image.Tags)
            {
                WriteDescriptor(json, image.ManifestDescriptor, tag);
            }

            if (image.Tags.Count == 0)
            {
                WriteDescriptor(json, image.ManifestDescriptor);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>manifest.json: what Docker loads by, every version since 1.10.</summary>
    public static byte[] DockerManifest(IReadOnlyList<SavedImage> images) => [.. Write(json =>
    {
        json.WriteStartArray();
        foreach (SavedImage image in images)
        {
            json.WriteStartObject();
            json.WriteString("Config"u8, image.ConfigPath);
            WriteTexts(json, "RepoTags", image.Tags.Select(tag => tag.Familiar));
            WriteTexts(json, "Layers", image.Layers.Select(layer => LayoutEntry.BlobsDirectory + layer.Digest.ToHex()));
            json.WriteStartObject("LayerSources"u8);
            foreach (string digest in image.Layers.Select(layer => layer.Digest.ToString()).Distinct().Order(StringComparer.Ordinal))
            {
                Descriptor layer = image.Layers.First(layer => layer.Digest.ToString() == digest);
                json.WriteStartObject(digest);
                json.WriteString("mediaType"u8, layer.MediaType);
                json.WriteNumber("size"u8, layer.Size);
                json.WriteString("digest"u8, digest);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }), (byte)'\n'];

    /// <summary>repositories: what Docker before 1.10 loaded by; each tag's topmost layer. Null where there is no tag.</summary>
    public static byte[]? Repositories(IReadOnlyList<SavedImage> images)
    {
        List<ImageReference> tags =
        [
            .. images.SelectMany(image => image.Tags)
                .OrderBy(tag => tag.FamiliarName, StringComparer.Ordinal).ThenBy(tag => tag.Tag, StringComparer.Ordinal),
        ];
        return tags.Count == 0 ? null : [.. Write(json =>
        {
            json.WriteStartObject();
            string? repository = null;
            foreach (ImageReference tag in tags)
            {
                if (tag.FamiliarName != repository)
                {
                    EndRepository(json, repository);
                    json.WriteStartObject(repository = tag.FamiliarName);
                }

                json.WriteString(tag.Tag!, images.First(image => image.Tags.Contains(tag)).Layers[^1].Digest.ToHex());
            }

            EndRepository(json, repository);
            json.WriteEndObject();
        }), (byte)'\n'];
    }

    private static void EndRepository(Utf8JsonWriter json, string? open)
    {
        if (open is not null)
        {
            json.WriteEndObject();
        }
    }

    private static void WriteDescriptor(Utf8JsonWriter json, Descriptor descriptor, ImageReference? tag = null)
    {
        json.WriteStartObject();
        json.WriteString("mediaType"u8, descriptor.MediaType);
        json.WriteString("digest"u8, descriptor.Digest.ToString());
        json.WriteNumber("size"u8, descriptor.Size);
        if (tag is not null)
        {
            json.WriteStartObject("annotations"u8);
            json.WriteString(LayoutEntry.ImageNameAnnotation, tag.ToString());
            json.WriteString(LayoutEntry.RefNameAnnotation, tag.Tag);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>None is <c>null</c>, as Go writes a slice that nothing was put in.</summary>
    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        if (all.Length == 0)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (string text in all)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static byte[] Write(Action<Utf8JsonWriter> body)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, _shape))
        {
            body(json);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
