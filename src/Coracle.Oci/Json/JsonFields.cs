using System.Text.Json;

namespace Coracle.Oci;

/// <summary>Reads fields of documents from outside: absent and null are the same (Go writes both), a wrong type is an error with its name.</summary>
internal static class JsonFields
{
    private const int ShownCharacters = 100;

    /// <exception cref="OciFormatException">Not JSON.</exception>
    public static JsonDocument ParseDocument(ReadOnlyMemory<byte> bytes, string what)
    {
        try
        {
            return GoJson.Parse(bytes);
        }
        catch (JsonException error)
        {
            throw new OciFormatException($"{what} is not valid JSON: {error.Message}", error);
        }
    }

    public static void RequireObject(this JsonElement element, string what)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new OciFormatException($"{what} is not a JSON object");
        }
    }

    /// <returns>Null where the field is absent or null.</returns>
    public static JsonElement? Child(this JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static JsonElement? ObjectChild(this JsonElement element, string name)
    {
        JsonElement? child = element.Child(name);
        child?.RequireObject($"field '{name}'");
        return child;
    }

    public static string? Text(this JsonElement element, string name) => element.Child(name) is { } value ? value.AsText(name) : null;

    public static long? Number(this JsonElement element, string name) => element.Child(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out long number) => number,
        _ => throw WrongType(name, "an integer"),
    };

    public static bool Flag(this JsonElement element, string name) => element.Child(name) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        _ => throw WrongType(name, "a boolean"),
    };

    /// <returns>The elements of an array; none where it is absent.</returns>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.Child(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray(),
        _ => throw WrongType(name, "an array"),
    };

    /// <returns>Null where the field is absent: for a command that is not the same as an empty one.</returns>
    public static IReadOnlyList<string>? Texts(this JsonElement element, string name)
    {
        if (element.Child(name) is null)
        {
            return null;
        }

        List<string> texts = [];
        foreach (JsonElement item in element.Items(name))
        {
            texts.Add(item.AsText(name));
        }

        return texts;
    }

    public static IReadOnlyDictionary<string, string>? TextMap(this JsonElement element, string name)
    {
        if (element.ObjectChild(name) is not { } child)
        {
            return null;
        }

        Dictionary<string, string> map = new(StringComparer.Ordinal);
        foreach (JsonProperty property in child.EnumerateObject())
        {
            map[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? "" : property.Value.AsText(name);
        }

        return map;
    }

    /// <summary>Go's set, <c>map[string]struct{}</c>: the keys in the order they stand.</summary>
    public static IReadOnlyList<string>? KeySet(this JsonElement element, string name)
    {
        if (element.ObjectChild(name) is not { } child)
        {
            return null;
        }

        List<string> keys = [];
        foreach (JsonProperty property in child.EnumerateObject())
        {
            keys.Add(property.Name);
        }

        return keys;
    }

    /// <summary>What a foreign document says, short enough for a message.</summary>
    public static string Shorten(string text) => text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";

    private static string AsText(this JsonElement element, string name)
        => element.ValueKind == JsonValueKind.String ? element.GetString()! : throw WrongType(name, "a string");

    private static OciFormatException WrongType(string name, string expected) => new($"field '{name}' is not {expected}");
}
