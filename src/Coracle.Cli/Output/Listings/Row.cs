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

    public List<LabelText> Labels
    {
        get
        {
            JsonElement labels = item.Member("Labels");
            return JsonLists.SortedNames(labels).ConvertAll(name => new LabelText(name, labels.GetProperty(name).GetString()!));
        }
    }

    public string LabelsText => string.Join(',', Labels.ConvertAll(l => $"{l.Name}={l.Value}"));

    /// <returns>Empty where it is not there.</returns>
    public string Text(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    public long Number(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    public bool Truth(string name) => item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <returns>A row for each item of an array.</returns>
    public static List<Row> Each(Listing listing, JsonElement list, View view) => JsonLists.Items(list, item => new Row(listing, item, view));

    /// <returns>What is made of the items of an array; none where there is no array.</returns>
    public List<string> Items(string name, Func<JsonElement, string> of) => JsonLists.Items(item.Member(name), of);

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
