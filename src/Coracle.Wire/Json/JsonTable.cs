using System.Text.Json;

namespace Coracle.Wire;

/// <summary>
/// A JSON object as a table of its fields: one row reads, writes and names a field. It stands in for a serializer whose
/// generated code costs 27 KB a type in the shipped file (<c>docs/decisions</c>); a row costs two small delegates.
/// </summary>
/// <remarks>
/// Reads as Go's decoder does, since clients were written against that: names match without regard to case, the last of
/// two equal names wins, null leaves the default, unknown names are passed over (and counted in <see cref="JsonReading"/>).
/// </remarks>
public sealed class JsonTable<T>(string name, Func<T> create, JsonField<T>[] fields)
    where T : class
{
    private readonly Dictionary<string, JsonField<T>> _byName = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The object's name in messages: <c>HostConfig</c>.</summary>
    public string Name => name;

    /// <returns>A new object, or null when the element is null or no object (which <paramref name="reading"/> then says).</returns>
    public T? Read(JsonElement element, JsonReading reading)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            if (element.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                reading.WrongType(element, name, name);
            }

            return null;
        }

        T value = create();
        ReadInto(value, element, reading);
        return value;
    }

    /// <summary>Fills an object that exists: a create body is a Config with two more members at its top level.</summary>
    /// <param name="takeMember">Gets every member first; true means it was somebody else's.</param>
    public void ReadInto(T value, JsonElement element, JsonReading reading, Func<string, JsonElement, bool>? takeMember = null)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (takeMember is not null && takeMember(property.Name, property.Value))
            {
                continue;
            }

            if (!_byName.TryGetValue(property.Name, out JsonField<T>? field))
            {
                reading.AddUnknown(name + "." + property.Name);
            }
            else if (property.Value.ValueKind != JsonValueKind.Null)
            {
                field.Read(value, property.Value, reading, name + "." + field.Name);
            }
        }
    }

    public void Write(Utf8JsonWriter writer, T value)
    {
        writer.WriteStartObject();
        WriteFields(writer, value);
        writer.WriteEndObject();
    }

    /// <summary>The fields alone, for an object that has others beside them.</summary>
    public void WriteFields(Utf8JsonWriter writer, T value)
    {
        foreach (JsonField<T> field in fields)
        {
            field.Write(value, writer);
        }
    }
}

/// <summary>One row of a <see cref="JsonTable{T}"/>.</summary>
/// <param name="Name">As Docker writes it.</param>
/// <param name="Read">Gets a value that is not null, and the dotted path for messages.</param>
/// <param name="Write">Writes name and value, or nothing when the field is left out.</param>
public sealed record JsonField<T>(string Name, Action<T, JsonElement, JsonReading, string> Read, Action<T, Utf8JsonWriter> Write);
