using System.Text.Json;

namespace Coracle.Oci;

/// <summary>The shapes Go's encoder gives to lists, maps and sets.</summary>
internal static class JsonWriting
{
    public static void WriteTextUnlessEmpty(this Utf8JsonWriter json, string name, string value)
    {
        if (value.Length != 0)
        {
            json.WriteString(name, value);
        }
    }

    public static void WriteTextsUnlessNull(this Utf8JsonWriter json, string name, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    public static void WriteTextMap(this Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        // Go sorts the keys of a map, so that the same image gives the same text.
        foreach (string key in values.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteString(key, values[key]);
        }

        json.WriteEndObject();
    }

    public static void WriteKeySetUnlessNull(this Utf8JsonWriter json, string name, IReadOnlyList<string>? keys)
    {
        if (keys is null)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (string key in keys.Order(StringComparer.Ordinal))
        {
            json.WriteStartObject(key);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
