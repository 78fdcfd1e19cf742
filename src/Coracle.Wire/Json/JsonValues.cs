using System.Text.Json;

namespace Coracle.Wire;

/// <summary>Reads and writes single values with Go's rules; wrong types go to the <see cref="JsonReading"/>.</summary>
internal static class JsonValues
{
    public static bool TryFlag(JsonElement element, JsonReading reading, string path, out bool flag)
    {
        flag = element.ValueKind == JsonValueKind.True;
        if (flag || element.ValueKind == JsonValueKind.False)
        {
            return true;
        }

        reading.WrongType(element, path, "bool");
        return false;
    }

    public static bool TryNumber(JsonElement element, JsonReading reading, string path, out long number)
    {
        number = 0;
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out number))
        {
            return true;
        }

        reading.WrongType(element, path, "int64");
        return false;
    }

    public static IReadOnlyList<string>? Texts(JsonElement element, JsonReading reading, string path)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            reading.WrongType(element, path, "[]string");
            return null;
        }

        List<string> texts = new(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (item.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                reading.WrongType(item, path, "string");
                return null;
            }

            texts.Add(item.GetString() ?? "");
        }

        return texts;
    }

    public static IReadOnlyDictionary<string, string>? TextMap(JsonElement element, JsonReading reading, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            reading.WrongType(element, path, "map[string]string");
            return null;
        }

        Dictionary<string, string> map = [];
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                reading.WrongType(property.Value, path, "string");
                return null;
            }

            map[property.Name] = property.Value.GetString() ?? "";
        }

        return map;
    }

    public static IReadOnlyList<string>? Names(JsonElement element, JsonReading reading, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            reading.WrongType(element, path, "map[string]struct {}");
            return null;
        }

        return [.. element.EnumerateObject().Select(property => property.Name)];
    }

    public static IReadOnlyList<TInner>? Objects<TInner>(JsonElement element, JsonTable<TInner> table, JsonReading reading, string path)
        where TInner : class
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            reading.WrongType(element, path, "[]" + table.Name);
            return null;
        }

        List<TInner> items = new(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (table.Read(item, reading) is TInner inner)
            {
                items.Add(inner);
            }
        }

        return items;
    }

    /// <summary>Go's zero value, or a container of nothing but zero values: asking for nothing.</summary>
    public static bool IsZero(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.String => element.ValueEquals(""u8),
        JsonValueKind.Number => element.TryGetInt64(out long number) && number == 0,
        JsonValueKind.Array => element.GetArrayLength() == 0,
        JsonValueKind.Object => element.EnumerateObject().All(property => IsZero(property.Value)),
        _ => false,
    };

    public static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string>? texts, bool omitNull)
    {
        if (texts is null)
        {
            WriteNull(writer, name, omitNull);
            return;
        }

        writer.WriteStartArray(name);
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    /// <summary>Sorted by key, as Go prints its maps.</summary>
    public static void WriteTextMap(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string>? map, bool omitNull)
    {
        if (map is null)
        {
            WriteNull(writer, name, omitNull);
            return;
        }

        writer.WriteStartObject(name);
        foreach (string key in map.Keys.Order(StringComparer.Ordinal))
        {
            writer.WriteString(key, map[key]);
        }

        writer.WriteEndObject();
    }

    public static void WriteNameSet(Utf8JsonWriter writer, string name, IReadOnlyList<string>? names, bool omitNull)
    {
        if (names is null)
        {
            WriteNull(writer, name, omitNull);
            return;
        }

        writer.WriteStartObject(name);
        foreach (string item in names.Order(StringComparer.Ordinal))
        {
            writer.WriteStartObject(item);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    public static void WriteObject<TInner>(Utf8JsonWriter writer, JsonTable<TInner> table, TInner? inner)
        where TInner : class
    {
        if (inner is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            table.Write(writer, inner);
        }
    }

    public static void WriteObjects<TInner>(
        Utf8JsonWriter writer, string name, JsonTable<TInner> table, IReadOnlyList<TInner>? items, bool omitNull)
        where TInner : class
    {
        if (items is null)
        {
            WriteNull(writer, name, omitNull);
            return;
        }

        writer.WriteStartArray(name);
        foreach (TInner item in items)
        {
            table.Write(writer, item);
        }

        writer.WriteEndArray();
    }

    private static void WriteNull(Utf8JsonWriter writer, string name, bool omitNull)
    {
        if (!omitNull)
        {
            writer.WriteNull(name);
        }
    }
}
