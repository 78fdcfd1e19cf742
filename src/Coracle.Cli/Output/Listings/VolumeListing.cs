using System.Text.Json;

namespace Coracle.Cli;

/// <summary>docker volume ls.</summary>
internal static class VolumeListing
{
    private const string NotKnown = "N/A";

    public static Listing Listing { get; } = new("*formatter.volumeContext", "table {{.Driver}}\t{{.Name}}", "{{.Name}}",
    [
        new("Name", "VOLUME NAME", r => r.Text("Name")),
        new("Driver", "DRIVER", r => r.Text("Driver")),
        new("Scope", "SCOPE", r => r.Text("Scope")),
        new("Mountpoint", "MOUNTPOINT", r => r.Text("Mountpoint")),
        new("Labels", "LABELS", r => r.LabelsText),
        new("Links", "LINKS", r => Use(r, "RefCount") is long links ? $"{links}" : NotKnown),
        new("Size", "SIZE", r => Use(r, "Size") is long size ? HumanSize.Decimal(size) : NotKnown),
        new("Availability", "AVAILABILITY", _ => NotKnown),
        new("Group", "GROUP", _ => NotKnown),
        new("Status", "STATUS", _ => NotKnown),
        Column.Label,
    ])
    { Raw = "name: {{.Name}}\ndriver: {{.Driver}}\n" };

    /// <summary>Of <c>system df -v</c>.</summary>
    public static Listing DiskUse { get; } = Listing with { Table = "table {{.Name}}\t{{.Links}}\t{{.Size}}" };

    /// <returns>Null where the engine was not asked for it.</returns>
    public static long? Use(Row row, string name)
        => row.Item.TryGetProperty("UsageData", out JsonElement use) && use.ValueKind == JsonValueKind.Object && use.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : null;
}
