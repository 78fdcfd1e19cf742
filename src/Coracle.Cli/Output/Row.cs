using System.Text.Json;

namespace Coracle.Cli;

/// <summary>A row of a table as an object, for a template.</summary>
internal static class Row
{
    public static JsonElement Of(IReadOnlyList<string> names, IReadOnlyList<string> values)
        => Json.Element(writer =>
        {
            writer.WriteStartObject();
            for (int i = 0; i < names.Count; i++)
            {
                writer.WriteString(names[i], values[i]);
            }

            writer.WriteEndObject();
        });
}
