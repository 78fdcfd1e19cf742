using System.Text.Json;

namespace Coracle.Oci;

/// <summary>One step by which an image was made.</summary>
/// <param name="EmptyLayer">The step changed only the config; no layer belongs to it.</param>
public sealed record HistoryEntry(DateTimeOffset? Created, string CreatedBy, string Author, string Comment, bool EmptyLayer)
{
    internal static HistoryEntry Read(JsonElement element)
    {
        element.RequireObject("history entry");
        return new HistoryEntry(
            Timestamp.Parse(element.Text("created")),
            element.Text("created_by") ?? "",
            element.Text("author") ?? "",
            element.Text("comment") ?? "",
            element.Flag("empty_layer"));
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("created", Timestamp.Format(Created));
        json.WriteTextUnlessEmpty("author", Author);
        json.WriteTextUnlessEmpty("created_by", CreatedBy);
        json.WriteTextUnlessEmpty("comment", Comment);
        if (EmptyLayer)
        {
            json.WriteBoolean("empty_layer", true);
        }

        json.WriteEndObject();
    }
}
