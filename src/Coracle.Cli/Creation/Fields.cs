using System.Globalization;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>Fields of a request's body, written only where there is something to say.</summary>
internal static class Fields
{
    /// <summary>Writes each option that was given into its field, as its type wants it.</summary>
    /// <param name="table">Pairs of option and field, separated by white space.</param>
    public static void WriteGiven(this Utf8JsonWriter writer, Invocation invocation, string table)
    {
        string[] words = table.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i += 2)
        {
            if (invocation.Arguments.IsGiven(words[i]))
            {
                Write(writer, words[i + 1], OptionOf(invocation.Command, words[i]), invocation.Arguments.Values(words[i]));
            }
        }
    }

    public static void WriteText(this Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            writer.WriteString(name, value);
        }
    }

    public static void WriteNumber(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is long number)
        {
            writer.WriteNumber(name, number);
        }
    }

    public static void WriteList(this Utf8JsonWriter writer, string name, IReadOnlyCollection<string> values)
    {
        if (values.Count > 0)
        {
            writer.WriteStrings(name, values);
        }
    }

    /// <summary><c>name=value</c> each; of several with one name the last counts.</summary>
    public static void WriteMap(this Utf8JsonWriter writer, string name, IReadOnlyList<string> pairs, char separator = '=')
    {
        if (pairs.Count == 0)
        {
            return;
        }

        Dictionary<string, string> map = [];
        foreach (string pair in pairs)
        {
            (string key, string value) = KeyValues.Split(pair, separator);
            map[key] = value;
        }

        writer.WriteStartObject(name);
        foreach (string key in map.Keys)
        {
            writer.WriteString(key, map[key]);
        }

        writer.WriteEndObject();
    }

    /// <summary>An object for each.</summary>
    public static void WriteObjects<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> writeFields)
        where T : class
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            writer.WriteStartObject();
            writeFields(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string field, Option option, IReadOnlyList<string> values)
    {
        string value = values[^1];
        switch (option.Type)
        {
            case "": writer.WriteBoolean(field, Truth.Of(value) == true); break;
            case "list": writer.WriteStrings(field, values); break;
            case "map": writer.WriteMap(field, values); break;
            case "int" or "uint" or "uint16": writer.WriteNumber(field, long.Parse(value, CultureInfo.InvariantCulture)); break;
            case "bytes": writer.WriteNumber(field, ByteCount.TryParse(value, out long bytes) ? bytes : -1); break;
            case "decimal": writer.WriteNumber(field, CpuShare.NanoCpus(value)); break;
            case "duration": writer.WriteNumber(field, GoDuration.Nanoseconds(value)); break;
            default: writer.WriteText(field, value); break;
        }
    }

    private static Option OptionOf(Command command, string name)
    {
        foreach (Option option in command.Options)
        {
            if (option.Name == name)
            {
                return option;
            }
        }

        throw new InvalidOperationException($"{command.Name} has no option {name}");
    }
}
