using System.Text.Json;

namespace Coracle.Cli;

/// <summary>docker images. The extra words of a row are its repository, tag and digest.</summary>
internal static class ImageListing
{
    private const string None = "<none>";
    private const string NotKnown = "N/A";
    private const int SizeDigits = 3;

    public static Listing Listing { get; } = new("*formatter.imageContext",
        "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}", "{{.ID}}",
    [
        new("ID", "IMAGE ID", r => r.View.Id(r.Text("Id"))),
        new("Repository", "REPOSITORY", r => r.Extra[0]),
        new("Tag", "TAG", r => r.Extra[1]),
        new("Digest", "DIGEST", r => r.Extra[2]),
        new("CreatedSince", "CREATED", r => r.View.Ago(r.Number("Created"))),
        new("CreatedAt", "CREATED AT", r => r.View.Moment(r.Number("Created"))),
        new("Size", "SIZE", r => HumanSize.Decimal(r.Number("Size"), SizeDigits)),
        new("Containers", "CONTAINERS", r => r.Number("Containers") < 0 ? NotKnown : $"{r.Number("Containers")}"),
        new("VirtualSize", "SIZE", r => HumanSize.Decimal(r.Number("Size"))),
        new("SharedSize", "SHARED SIZE", r => r.Number("SharedSize") < 0 ? NotKnown : HumanSize.Decimal(r.Number("SharedSize"))),
        new("UniqueSize", "UNIQUE SIZE", r => r.Number("SharedSize") < 0 ? NotKnown : HumanSize.Decimal(r.Number("Size") - r.Number("SharedSize"))),
    ])
    { Raw = "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n" };

    /// <summary>With <c>--digests</c>.</summary>
    public static Listing WithDigests { get; } = Listing with
    {
        Table = "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
        Raw = Listing.Raw.Replace("image_id", "digest: {{.Digest}}\nimage_id", StringComparison.Ordinal),
    };

    /// <summary>Of <c>system df -v</c>.</summary>
    public static Listing DiskUse { get; } = Listing with
    {
        Table = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
    };

    /// <summary>One row per tag; with digests, one per tag and digest. An image that has only digests shows its repositories.</summary>
    /// <param name="withDigests">Whether the digests are asked for, by the option or by the template.</param>
    public static IEnumerable<Row> Rows(Listing listing, JsonElement image, View view, bool withDigests)
    {
        List<string> tags = Names(image, "RepoTags"), digests = Names(image, "RepoDigests");
        HashSet<string> seen = [];
        foreach (string tag in tags)
        {
            int colon = tag.LastIndexOf(':');
            string repository = tag[..colon];
            seen.Add(repository);
            List<string> own = withDigests ? Of(digests, repository) : [];
            foreach (string digest in own.Count > 0 ? own : [None])
            {
                yield return new Row(listing, image, view, repository, tag[(colon + 1)..], digest);
            }
        }

        foreach (string repository in digests.ConvertAll(d => d[..d.IndexOf('@', StringComparison.Ordinal)]).FindAll(seen.Add))
        {
            foreach (string digest in listing == WithDigests ? Of(digests, repository) : [""])
            {
                yield return new Row(listing, image, view, repository, None, digest);
            }
        }

        if (seen.Count == 0)
        {
            yield return new Row(listing, image, view, None, None, None);
        }
    }

    private static List<string> Of(List<string> digests, string repository)
        => digests.FindAll(d => d.StartsWith(repository + "@", StringComparison.Ordinal)).ConvertAll(d => d[(repository.Length + 1)..]);

    private static List<string> Names(JsonElement image, string name)
        => JsonLists.Items(image.Member(name), e => e.GetString()!).FindAll(s => !s.StartsWith(None, StringComparison.Ordinal));
}
