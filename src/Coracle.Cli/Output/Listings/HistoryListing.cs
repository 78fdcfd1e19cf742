using System.Globalization;

namespace Coracle.Cli;

/// <summary>docker history.</summary>
internal static class HistoryListing
{
    private const int CreatedByChars = 45;
    private const int SizeDigits = 3;

    public static Listing Listing { get; } = new("*image.historyContext",
        "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}", "{{.ID}}",
    [
        new("ID", "IMAGE", r => r.View.Id(r.Text("Id"))),
        new("CreatedSince", "CREATED", r => r.View.IsHuman ? r.View.Ago(r.Number("Created")) : r.View.Rfc3339(r.Number("Created"))),
        new("CreatedAt", "CREATED AT", r => r.View.Rfc3339(r.Number("Created"))),
        new("CreatedBy", "CREATED BY", r => r.View.Shortened(r.Text("CreatedBy").Replace('\t', ' '), CreatedByChars)),
        new("Size", "SIZE", r => r.View.IsHuman ? HumanSize.Decimal(r.Number("Size"), SizeDigits) : r.Number("Size").ToString(CultureInfo.InvariantCulture)),
        new("Comment", "COMMENT", r => r.Text("Comment")),
    ]);

    /// <summary>With <c>--human=false</c>.</summary>
    public static Listing Exact { get; } = Listing with { Table = Listing.Table.Replace("CreatedSince", "CreatedAt", StringComparison.Ordinal) };
}
