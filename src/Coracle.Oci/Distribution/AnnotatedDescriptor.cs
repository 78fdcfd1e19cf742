using System.Text.Json;

namespace Coracle.Oci;

/// <summary>A descriptor with what its writer put beside it: a layer of an artifact, an entry in a list of referrers.</summary>
/// <param name="artifactType">Of the manifest it names; empty where there is none.</param>
/// <remarks>OCI image-spec v1.1, descriptor.md and annotations.md.</remarks>
public sealed class AnnotatedDescriptor(Descriptor descriptor, string artifactType, IReadOnlyDictionary<string, string> annotations)
{
    /// <summary>The largest in use have some twenty.</summary>
    public const int MaxAnnotations = 256;

    public Descriptor Descriptor => descriptor;

    public string ArtifactType => artifactType;

    public IReadOnlyDictionary<string, string> Annotations => annotations;

    internal static AnnotatedDescriptor Read(JsonElement element, string where)
        => new(Descriptor.Read(element, where), element.Text("artifactType") ?? "", ReadAnnotations(element, where));

    internal static IReadOnlyDictionary<string, string> ReadAnnotations(JsonElement element, string where)
        => element.ObjectChild("annotations") is { } child && child.GetPropertyCount() > MaxAnnotations
            ? throw new OciFormatException($"{where} has more than {MaxAnnotations} annotations")
            : element.TextMap("annotations") ?? new Dictionary<string, string>();

    internal static void Write(Utf8JsonWriter json, Descriptor descriptor, string artifactType, IReadOnlyDictionary<string, string> annotations)
    {
        json.WriteStartObject();
        json.WriteString("mediaType", descriptor.MediaType);
        json.WriteString("digest", descriptor.Digest.ToString());
        json.WriteNumber("size", descriptor.Size);
        json.WriteTextUnlessEmpty("artifactType", artifactType);
        WriteAnnotations(json, annotations);
        json.WriteEndObject();
    }

    internal static void WriteAnnotations(Utf8JsonWriter json, IReadOnlyDictionary<string, string> annotations)
    {
        if (annotations.Count > 0)
        {
            json.WriteTextMap("annotations", annotations);
        }
    }
}
