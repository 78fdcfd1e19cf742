using System.Text.Json;

namespace Coracle.Cli;

/// <summary>JSON arrays and objects as lists of what is made of each item. LINQ over these structs is compiled anew for each use.</summary>
internal static class JsonLists
{
    /// <returns>Of the array's items; empty where it is no array.</returns>
    public static List<T> Items<T>(JsonElement list, Func<JsonElement, T> of)
        where T : class
    {
        List<T> made = [];
        foreach (JsonElement item in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            made.Add(of(item));
        }

        return made;
    }

    /// <returns>Of the object's members, in the order of the wire; empty where it is no object.</returns>
    public static List<T> Members<T>(JsonElement map, Func<JsonProperty, T> of)
        where T : class
    {
        List<T> made = [];
        foreach (JsonProperty member in map.ValueKind == JsonValueKind.Object ? map.EnumerateObject() : default)
        {
            made.Add(of(member));
        }

        return made;
    }

    /// <returns>The names of the object's members, sorted as Go sorts keys.</returns>
    public static List<string> SortedNames(JsonElement map) => [.. Members(map, m => m.Name).Order(StringComparer.Ordinal)];

    /// <returns>The member; undefined where it is not there.</returns>
    public static JsonElement Member(this JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : default;
}
