using System.Text.Json;

namespace Coracle.Oci;

/// <summary>One image of a <c>docker save</c> archive, as its manifest.json lists it. Paths are names of entries of the same archive.</summary>
/// <param name="Layers">The lowest first.</param>
public sealed record ArchiveImage(string Config, IReadOnlyList<string> RepoTags, IReadOnlyList<string> Layers)
{
    public const string FileName = "manifest.json";

    /// <summary>Nobody saves so many; a list that long is made to fill memory.</summary>
    public const int MaxImages = 1024;

    /// <exception cref="OciFormatException">Not JSON, a field of the wrong type, or too many images.</exception>
    public static IReadOnlyList<ArchiveImage> ParseAll(ReadOnlyMemory<byte> manifest)
    {
        using JsonDocument document = JsonFields.ParseDocument(manifest, FileName);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new OciFormatException($"{FileName} is not a JSON array");
        }

        List<ArchiveImage> images = [];
        foreach (JsonElement item in document.RootElement.EnumerateArray())
        {
            item.RequireObject($"image in {FileName}");
            if (images.Count == MaxImages)
            {
                throw new OciFormatException($"{FileName} lists more than {MaxImages} images");
            }

            images.Add(new ArchiveImage(
                item.Text("Config") ?? throw new OciFormatException($"an image in {FileName} has no Config"),
                item.Texts("RepoTags") ?? [],
                item.Texts("Layers") ?? []));
        }

        return images;
    }
}
