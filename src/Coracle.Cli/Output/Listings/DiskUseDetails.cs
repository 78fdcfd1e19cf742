using System.Text.Json;

namespace Coracle.Cli;

/// <summary>All of docker system df -v, as its template sees it.</summary>
internal sealed class DiskUseDetails(JsonElement use, View view) : IFields
{
    private const string None = "<none>";

    public string TypeName => "*formatter.diskUsageContext";

    public List<Row> Images { get; } = DiskUse.Of(use, "Images", ImageListing.DiskUse, view).ConvertAll(WithTag);

    public List<Row> Containers { get; } = DiskUse.Of(use, "Containers", ContainerListing.DiskUse, view);

    public List<Row> Volumes { get; } = DiskUse.Of(use, "Volumes", VolumeListing.DiskUse, view);

    public List<Row> BuildCache { get; } = DiskUse.Of(use, "BuildCache", BuildCacheListing.Listing, view);

    public string BuildCacheSize => HumanSize.Decimal(BuildCache.Where(r => !r.Truth("Shared")).Sum(r => r.Number("Size")));

    public bool TryField(string name, out object? value)
    {
        value = name switch
        {
            "Images" => Images,
            "Containers" => Containers,
            "Volumes" => Volumes,
            "BuildCache" => BuildCache,
            _ => null,
        };
        return value is not null;
    }

    public string ToJson() => $"{{\"Images\":{Array(Images)},\"Containers\":{Array(Containers)},\"Volumes\":{Array(Volumes)},\"BuildCache\":{Array(BuildCache)}}}";

    private static string Array(List<Row> rows) => "[" + string.Join(',', rows.ConvertAll(r => r.ToJson())) + "]";

    /// <summary>Here an image has one line, with its first tag.</summary>
    private static Row WithTag(Row image)
    {
        string tag = image.Items("RepoTags", t => t.GetString()!).Find(t => !t.StartsWith(None, StringComparison.Ordinal)) ?? "";
        int colon = tag.LastIndexOf(':');
        return colon < 0
            ? new Row(ImageListing.DiskUse, image.Item, image.View, None, None, "")
            : new Row(ImageListing.DiskUse, image.Item, image.View, tag[..colon], tag[(colon + 1)..], "");
    }
}
