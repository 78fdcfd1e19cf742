using System.Text.Json;

namespace Coracle.Oci;

/// <summary>One entry of an index of an OCI image layout, with the names that tools write beside it.</summary>
/// <param name="ImageName">containerd's <c>io.containerd.image.name</c>: a whole reference. Null where absent.</param>
/// <param name="RefName"><c>org.opencontainers.image.ref.name</c>: a reference or only a tag, as the writer liked. Null where absent.</param>
/// <remarks>OCI image-spec v1.1, image-layout.md and annotations.md.</remarks>
public sealed record LayoutEntry(Descriptor Descriptor, string? ImageName, string? RefName)
{
    public const string IndexFileName = "index.json";
    public const string LayoutFileName = "oci-layout";
    public const string BlobsDirectory = "blobs/sha256/";
    public const string ImageNameAnnotation = "io.containerd.image.name";
    public const string RefNameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>What <see cref="LayoutFileName"/> says, byte for byte as Docker writes it.</summary>
    public static ReadOnlySpan<byte> Layout => """{"imageLayoutVersion": "1.0.0"}"""u8;

    private const int MaxEntries = 4096;

    /// <summary>Attestations that BuildKit puts beside an image are manifests that nobody can run.</summary>
    public bool IsAttestation { get; private init; }

    /// <exception cref="OciFormatException">Not JSON, not an index, or too many entries.</exception>
    public static IReadOnlyList<LayoutEntry> ParseAll(ReadOnlyMemory<byte> index)
    {
        using JsonDocument document = JsonFields.ParseDocument(index, IndexFileName);
        JsonElement root = document.RootElement;
        root.RequireObject(IndexFileName);
        if (root.Child("manifests") is null || root.Child("layers") is not null || root.Child("config") is not null)
        {
            throw new OciFormatException("index: expected index but found manifest");
        }

        List<LayoutEntry> entries = [];
        foreach (JsonElement item in root.Items("manifests"))
        {
            if (entries.Count == MaxEntries)
            {
                throw new OciFormatException($"an index lists more than {MaxEntries} manifests");
            }

            entries.Add(Read(item));
        }

        return entries;
    }

    private static LayoutEntry Read(JsonElement item)
    {
        Descriptor descriptor = Descriptor.Read(item, "entry in index");
        JsonElement? annotations = item.ObjectChild("annotations");
        return new LayoutEntry(descriptor, annotations?.Text(ImageNameAnnotation), annotations?.Text(RefNameAnnotation))
        {
            IsAttestation = annotations?.Text("vnd.docker.reference.type") is not null,
        };
    }
}
