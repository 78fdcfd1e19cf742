using System.Globalization;

namespace Coracle.Cli;

/// <summary>docker network ls.</summary>
internal static class NetworkListing
{
    public static Listing Listing { get; } = new("*network.networkContext", "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}", "{{.ID}}",
    [
        new("ID", "NETWORK ID", r => r.View.Id(r.Text("Id"))),
        new("Name", "NAME", r => r.Text("Name")),
        new("Driver", "DRIVER", r => r.Text("Driver")),
        new("Scope", "SCOPE", r => r.Text("Scope")),
        new("IPv4", "IPV4", r => Word(r, "EnableIPv4")),
        new("IPv6", "IPV6", r => Word(r, "EnableIPv6")),
        new("Internal", "INTERNAL", r => Word(r, "Internal")),
        new("Labels", "LABELS", r => r.LabelsText),
        new("CreatedAt", "CREATED AT", CreatedAt),
        Column.Label,
    ])
    { Raw = "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n" };

    private static string Word(Row row, string field) => row.Truth(field) ? "true" : "false";

    private static string CreatedAt(Row row)
    {
        string text = row.Text("Created");
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string fraction = point < 0 ? "" : new string([.. text[point..].TakeWhile(c => c == '.' || char.IsAsciiDigit(c))]);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment) ? row.View.Moment(moment, fraction) : text;
    }
}
