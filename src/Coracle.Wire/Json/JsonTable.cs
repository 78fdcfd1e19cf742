using System.Text.Json;

namespace Coracle.Wire;

/// <summary>
/// A JSON object as a table of its fields: one row reads, writes and names a field. It stands in for a serializer whose
/// generated code costs 27 KB a type in the shipped file (<c>docs/decisions</c>); a row costs two small delegates.
/// </summary>
/// <remarks>
/// Reads as Go's decoder does, since clients were written against that: names match without regard to case, the last of
/// two equal names wins, null leaves the default, unknown names are passed over (and counted in <see cref="JsonReading"/>).
/// The rows are kept without their type: an array and a dictionary of rows for each of 33 objects were 300 KB.
/// </remarks>
/// <param name="fields">Rows for a <typeparamref name="T"/>; one of another type fails at its first use.</param>
public sealed class JsonTable<T>(string name, Func<T> create, JsonField[] fields)
    where T : class
{
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

            if (Find(property.Name) is not JsonField field)
            {
                reading.AddUnknown(name + "." + property.Name);
            }
            else if (property.Value.ValueKind != JsonValueKind.Null)
            {
                field.ReadInto(value, property.Value, reading, name + "." + field.Name);
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
        foreach (JsonField field in fields)
        {
            field.WriteFrom(value, writer);
        }
    }

    /// <summary>One after the other: the longest table has 80 rows, most of another length.</summary>
    private JsonField? Find(string member)
    {
        foreach (JsonField field in fields)
        {
            if (field.Name.Equals(member, StringComparison.OrdinalIgnoreCase))
            {
                return field;
            }
        }

        return null;
    }
}
