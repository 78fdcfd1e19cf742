using System.Text.Json;

namespace Coracle.Wire;

/// <summary>One row of a <see cref="JsonTable{T}"/>, whatever its object.</summary>
/// <param name="name">As Docker writes it.</param>
public abstract class JsonField(string name)
{
    public string Name => name;

    internal abstract void ReadInto(object target, JsonElement element, JsonReading reading, string path);

    internal abstract void WriteFrom(object target, Utf8JsonWriter writer);
}

/// <summary>A row for objects of one type.</summary>
/// <param name="name">As Docker writes it.</param>
/// <param name="read">Gets a value that is not null, and the dotted path for messages.</param>
/// <param name="write">Writes name and value, or nothing when the field is left out.</param>
public sealed class JsonField<T>(string name, Action<T, JsonElement, JsonReading, string> read, Action<T, Utf8JsonWriter> write) : JsonField(name)
{
    /// <summary>For a row that differs from another in what it writes only.</summary>
    internal Action<T, JsonElement, JsonReading, string> Read => read;

    internal override void ReadInto(object target, JsonElement element, JsonReading reading, string path) => read((T)target, element, reading, path);

    internal override void WriteFrom(object target, Utf8JsonWriter writer) => write((T)target, writer);
}
