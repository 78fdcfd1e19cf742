using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Coracle.Oci;

/// <summary>
/// What a registry keeps beside images: blobs with a type of their own, and the manifest that they are about. An image manifest whose
/// config is empty.
/// </summary>
/// <param name="artifactType">A media type; says what the blobs are for.</param>
/// <param name="subject">The manifest that this one is about; null for none.</param>
/// <remarks>OCI image-spec v1.1, manifest.md "Guidelines for Artifact Usage".</remarks>
public sealed class ArtifactManifest(
    string artifactType, Descriptor? subject, IReadOnlyList<AnnotatedDescriptor> layers, IReadOnlyDictionary<string, string> annotations)
{
    /// <summary>As many as an image may have layers, many times over.</summary>
    public const int MaxLayers = 1000;

    private const string What = "artifact manifest";

    private static readonly Dictionary<string, string> _nothing = [];

    /// <summary>As Go writes JSON, but for three characters that HTML gives a meaning.</summary>
    internal static JsonWriterOptions Shape => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The config's bytes; they must be in the registry before the manifest.</summary>
    public static ReadOnlySpan<byte> EmptyConfig => "{}"u8;

    public static Descriptor EmptyConfigDescriptor { get; } = new(MediaTypes.OciEmpty, Digest.Of(EmptyConfig), EmptyConfig.Length);

    public string ArtifactType => artifactType;

    public Descriptor? Subject => subject;

    public IReadOnlyList<AnnotatedDescriptor> Layers => layers;

    public IReadOnlyDictionary<string, string> Annotations => annotations;

    /// <exception cref="OciFormatException">Not JSON, no manifest, too long, or a part of it is not what the specification allows.</exception>
    public static ArtifactManifest Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > ManifestDocument.MaxBytes)
        {
            throw new OciFormatException($"{What} is longer than {ManifestDocument.MaxBytes} bytes");
        }

        using JsonDocument document = JsonFields.ParseDocument(bytes, What);
        JsonElement root = document.RootElement;
        root.RequireObject(What);
        // CVE-2021-41190: a document of two kinds is refused by every reader.
        if (root.Child("manifests") is not null || (root.Text("mediaType") ?? MediaTypes.OciManifest) != MediaTypes.OciManifest)
        {
            throw new OciFormatException($"{What} is another kind of document");
        }

        Descriptor? subject = root.Child("subject") is { } about ? Descriptor.Read(about, "subject of " + What) : null;
        return new ArtifactManifest(TypeOf(root), subject, ReadLayers(root), AnnotatedDescriptor.ReadAnnotations(root, What));
    }

    /// <summary>The document; the same parts give the same bytes.</summary>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer, Shape);
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", MediaTypes.OciManifest);
        json.WriteString("artifactType", artifactType);
        Write(json, "config", EmptyConfigDescriptor);
        json.WriteStartArray("layers");
        foreach (AnnotatedDescriptor layer in layers)
        {
            AnnotatedDescriptor.Write(json, layer.Descriptor, layer.ArtifactType, layer.Annotations);
        }

        json.WriteEndArray();
        Write(json, "subject", subject);
        AnnotatedDescriptor.WriteAnnotations(json, annotations);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What a list of the subject's referrers says of this manifest.</summary>
    /// <param name="bytes">Of the manifest, as the registry has it.</param>
    /// <remarks>distribution-spec v1.1, "Pushing Manifests with Subject": type and annotations are the manifest's.</remarks>
    public AnnotatedDescriptor Describe(ReadOnlySpan<byte> bytes)
        => new(new Descriptor(MediaTypes.OciManifest, Digest.Of(bytes), bytes.Length), artifactType, annotations);

    /// <remarks>
    /// Where the type is missing it is the config's media type: so artifacts were made before version 1.1. That of the empty config says nothing.
    /// </remarks>
    private static string TypeOf(JsonElement root)
        => root.Text("artifactType") is { Length: > 0 } type ? type
            : root.ObjectChild("config")?.Text("mediaType") is { } config and not MediaTypes.OciEmpty ? config
            : "";

    private static List<AnnotatedDescriptor> ReadLayers(JsonElement root)
    {
        List<AnnotatedDescriptor> layers = [];
        foreach (JsonElement layer in root.Items("layers"))
        {
            if (layers.Count == MaxLayers)
            {
                throw new OciFormatException($"{What} has more than {MaxLayers} layers");
            }

            layers.Add(AnnotatedDescriptor.Read(layer, "layer in " + What));
        }

        return layers;
    }

    private static void Write(Utf8JsonWriter json, string name, Descriptor? descriptor)
    {
        if (descriptor is not null)
        {
            json.WritePropertyName(name);
            AnnotatedDescriptor.Write(json, descriptor, "", _nothing);
        }
    }
}
