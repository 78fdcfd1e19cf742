using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>docker ps.</summary>
internal static class ContainerListing
{
    private const int CommandChars = 20;
    private const int MountChars = 15;
    private const int SizeDigits = 3;

    private const string Names = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

    private const string RawText = "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\n"
        + "status: {{- pad .Status 1 0}}\nnames: {{.Names}}\nlabels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n";

    public static Listing Listing { get; } = new("*formatter.ContainerContext", Names, "{{.ID}}",
    [
        new("ID", "CONTAINER ID", r => r.View.Id(r.Text("Id"))),
        new("Names", "NAMES", r => NamesOf(r)),
        new("Image", "IMAGE", ImageOf),
        new("Command", "COMMAND", r => GoQuote.Quote(r.View.Shortened(r.Text("Command"), CommandChars))),
        new("CreatedAt", "CREATED AT", r => r.View.Moment(r.Number("Created"))),
        new("RunningFor", "CREATED", r => r.View.Ago(r.Number("Created"))),
        new("Ports", "PORTS", r => PortText.Of(r.Item.Member("Ports"))),
        new("State", "STATE", r => r.Text("State")),
        new("Status", "STATUS", r => r.Text("Status")),
        new("Size", "SIZE", SizeOf),
        new("Labels", "LABELS", r => r.LabelsText),
        new("LocalVolumes", "LOCAL VOLUMES", r => $"{r.Items("Mounts", m => Member(m, "Driver")).FindAll(d => d == "local").Count}"),
        new("Mounts", "MOUNTS", r => string.Join(',', r.Items("Mounts", m => r.View.Shortened(Member(m, "Name") is { Length: > 0 } name ? name : Member(m, "Source"), MountChars)))),
        new("Networks", "NETWORKS", NetworksOf),
        new("Platform", "PLATFORM", _ => null),
        Column.Label,
    ])
    { Raw = RawText };

    /// <summary>With <c>-s</c>.</summary>
    public static Listing WithSize { get; } = Listing with { Table = Names + "\t{{.Size}}", Raw = RawText + "size: {{.Size}}\n" };

    /// <summary>Of <c>system df -v</c>.</summary>
    public static Listing DiskUse { get; } = Listing with
    {
        Table = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
        Columns = [.. Listing.Columns.Where(c => c.Name != "Size"), new("Size", "SIZE", r => HumanSize.Decimal(r.Number("SizeRw"), SizeDigits))],
    };

    private static string NamesOf(Row row)
    {
        List<string> names = row.Items("Names", n => n.GetString()!.TrimStart('/'));
        // A name with a slash inside is a link's, and another container's business.
        return string.Join(',', row.View.IsWhole ? names : names.FindAll(n => !n.Contains('/', StringComparison.Ordinal)));
    }

    private static string ImageOf(Row row)
    {
        string image = row.Text("Image");
        if (image.Length == 0)
        {
            return "<no image>";
        }

        if (row.View.IsWhole)
        {
            return image;
        }

        string id = row.View.Id(row.Text("ImageID"));
        return id == row.View.Id(image) ? id
            : !ImageReference.TryParse(image, out ImageReference? reference, out _) ? image
            : reference.Tag is string tag ? $"{reference.FamiliarName}:{tag}" : reference.FamiliarName;
    }

    private static string SizeOf(Row row)
    {
        string own = HumanSize.Decimal(row.Number("SizeRw"), SizeDigits);
        return row.Number("SizeRootFs") is > 0 and long all ? $"{own} (virtual {HumanSize.Decimal(all, SizeDigits)})" : own;
    }

    private static string NetworksOf(Row row)
        => string.Join(',', JsonLists.Members(row.Item.Member("NetworkSettings").Member("Networks"), n => n.Name));

    private static string Member(JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";
}
