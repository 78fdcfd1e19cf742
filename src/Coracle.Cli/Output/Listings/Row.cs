using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>One line of a list: an object of the engine, seen through the columns of its listing.</summary>
/// <param name="extra">What the object alone does not say: of an image, the tag of this line.</param>
internal sealed class Row(Listing listing, JsonElement item, View view, params string[] extra) : IFields
{
    /// <summary>Of nothing: what a template cannot ask of it, it cannot ask of any.</summary>
    public static Row Empty(Listing listing, View view) => new(listing, Json.Element(writer =>
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }), view);

    public JsonElement Item => item;

    public View View => view;

    public IReadOnlyList<string> Extra => extra;

    public string TypeName => listing.TypeName;

    public IReadOnlyList<LabelText> Labels
        => item.TryGetProperty("Labels", out JsonElement labels) && labels.ValueKind == JsonValueKind.Object
            ? [.. labels.EnumerateObject().Select(l => new LabelText(l.Name, l.Value.GetString()!)).OrderBy(l => l.Name, StringComparer.Ordinal)]
            : [];

    public string LabelsText => string.Join(',', Labels.Select(l => $"{l.Name}={l.Value}"));

    /// <returns>Empty where it is not there.</returns>
    public string Text(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    public long Number(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    public bool Truth(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <returns>The items of an array; none where there is no array.</returns>
    public IEnumerable<JsonElement> Items(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    public bool TryField(string name, out object? value)
    {
        Column? column = listing.Find(name);
        value = column?.Value(this);
        return column is not null;
    }

    public string ToJson()
    {
        StringBuilder text = new("{");
        foreach (Column column in listing.Columns.Where(c => c != Column.Label).OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            text.Append(text.Length > 1 ? "," : "").Append('"').Append(column.Name).Append("\":");
            if (column.Value(this) is string value)
            {
                JsonText.AppendString(text, value, escapesHtml: true);
            }
            else
            {
                text.Append("null");
            }
        }

        return text.Append('}').ToString();
    }
}
