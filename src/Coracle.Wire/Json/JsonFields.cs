using System.Text.Json;

namespace Coracle.Wire;

/// <summary>The kinds of field that Docker's objects have: each makes a row for a <see cref="JsonTable{T}"/>.</summary>
public static class JsonFields
{
    public static JsonField<T> Text<T>(string name, Func<T, string> get, Action<T, string> set, bool omitEmpty = false) => new(
        name,
        (target, element, reading, path) =>
        {
            if (element.ValueKind == JsonValueKind.String)
            {
                set(target, element.GetString()!);
            }
            else
            {
                reading.WrongType(element, path, "string");
            }
        },
        (target, writer) =>
        {
            string text = get(target);
            if (!omitEmpty || text.Length > 0)
            {
                writer.WriteString(name, text);
            }
        });

    public static JsonField<T> Flag<T>(string name, Func<T, bool> get, Action<T, bool> set, bool omitFalse = false) => new(
        name,
        (target, element, reading, path) =>
        {
            if (JsonValues.TryFlag(element, reading, path, out bool flag))
            {
                set(target, flag);
            }
        },
        (target, writer) =>
        {
            bool flag = get(target);
            if (flag || !omitFalse)
            {
                writer.WriteBoolean(name, flag);
            }
        });

    /// <summary>Left out when null.</summary>
    public static JsonField<T> OptionalFlag<T>(string name, Func<T, bool?> get, Action<T, bool?> set) => new(
        name,
        (target, element, reading, path) =>
        {
            if (JsonValues.TryFlag(element, reading, path, out bool flag))
            {
                set(target, flag);
            }
        },
        (target, writer) =>
        {
            if (get(target) is bool flag)
            {
                writer.WriteBoolean(name, flag);
            }
        });

    public static JsonField<T> Number<T>(string name, Func<T, long> get, Action<T, long> set) => new(
        name,
        (target, element, reading, path) =>
        {
            if (JsonValues.TryNumber(element, reading, path, out long number))
            {
                set(target, number);
            }
        },
        (target, writer) => writer.WriteNumber(name, get(target)));

    /// <param name="omitNull">Left out when null; else written as null.</param>
    public static JsonField<T> OptionalNumber<T>(string name, Func<T, long?> get, Action<T, long?> set, bool omitNull = false) => new(
        name,
        (target, element, reading, path) =>
        {
            if (JsonValues.TryNumber(element, reading, path, out long number))
            {
                set(target, number);
            }
        },
        (target, writer) =>
        {
            if (get(target) is long number)
            {
                writer.WriteNumber(name, number);
            }
            else if (!omitNull)
            {
                writer.WriteNull(name);
            }
        });

    /// <summary>A list of strings in which null and [] stay different.</summary>
    public static JsonField<T> Texts<T>(
        string name, Func<T, IReadOnlyList<string>?> get, Action<T, IReadOnlyList<string>?> set, bool omitNull = false) => new(
        name,
        (target, element, reading, path) => set(target, JsonValues.Texts(element, reading, path)),
        (target, writer) => JsonValues.WriteTexts(writer, name, get(target), omitNull));

    /// <summary>Docker's StrSlice: a list, or one string that stands for a list of one.</summary>
    public static JsonField<T> TextOrTexts<T>(string name, Func<T, IReadOnlyList<string>?> get, Action<T, IReadOnlyList<string>?> set) => new(
        name,
        (target, element, reading, path) => set(
            target, element.ValueKind == JsonValueKind.String ? [element.GetString()!] : JsonValues.Texts(element, reading, path)),
        (target, writer) => JsonValues.WriteTexts(writer, name, get(target), omitNull: false));

    public static JsonField<T> TextMap<T>(
        string name, Func<T, IReadOnlyDictionary<string, string>?> get, Action<T, IReadOnlyDictionary<string, string>?> set, bool omitNull = false)
        => new(
        name,
        (target, element, reading, path) => set(target, JsonValues.TextMap(element, reading, path)),
        (target, writer) => JsonValues.WriteTextMap(writer, name, get(target), omitNull));

    /// <summary>A Go set: an object whose values are empty objects (<c>ExposedPorts</c>, <c>Volumes</c>).</summary>
    public static JsonField<T> NameSet<T>(string name, Func<T, IReadOnlyList<string>?> get, Action<T, IReadOnlyList<string>?> set, bool omitNull)
        => new(
        name,
        (target, element, reading, path) => set(target, JsonValues.Names(element, reading, path)),
        (target, writer) => JsonValues.WriteNameSet(writer, name, get(target), omitNull));

    public static JsonField<T> Object<T, TInner>(string name, JsonTable<TInner> table, Func<T, TInner?> get, Action<T, TInner> set)
        where TInner : class => new(
        name,
        (target, element, reading, _) =>
        {
            if (table.Read(element, reading) is TInner inner)
            {
                set(target, inner);
            }
        },
        (target, writer) =>
        {
            writer.WritePropertyName(name);
            JsonValues.WriteObject(writer, table, get(target));
        });

    /// <summary>As <see cref="Object{T, TInner}"/>, but left out when null.</summary>
    public static JsonField<T> OptionalObject<T, TInner>(string name, JsonTable<TInner> table, Func<T, TInner?> get, Action<T, TInner> set)
        where TInner : class => new(
        name,
        Object(name, table, get, set).Read,
        (target, writer) =>
        {
            if (get(target) is TInner inner)
            {
                writer.WritePropertyName(name);
                table.Write(writer, inner);
            }
        });

    public static JsonField<T> Objects<T, TInner>(
        string name, JsonTable<TInner> table, Func<T, IReadOnlyList<TInner>?> get, Action<T, IReadOnlyList<TInner>?> set, bool omitNull = false)
        where TInner : class => new(
        name,
        (target, element, reading, path) => set(target, JsonValues.Objects(element, table, reading, path)),
        (target, writer) => JsonValues.WriteObjects(writer, name, table, get(target), omitNull));

    /// <summary>
    /// An option that is known but not built yet: any value that asks for something is reported by its path, and inspect
    /// shows <paramref name="written"/>. Turning such a row into a real one is how an option gets built.
    /// </summary>
    /// <param name="written">Raw JSON of the default; empty leaves the field out.</param>
    /// <param name="alsoDefault">Raw values, besides Go's zero values, that clients send to mean "nothing".</param>
    public static JsonField<T> NotBuilt<T>(string name, string written, params string[] alsoDefault) => new(
        name,
        (_, element, reading, path) =>
        {
            if (!JsonValues.IsZero(element) && !alsoDefault.Contains(element.GetRawText()))
            {
                reading.AddNotBuilt(path);
            }
        },
        (_, writer) =>
        {
            if (written.Length > 0)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(written, skipInputValidation: true);
            }
        });

    /// <summary>A field that clients send and that means nothing here, whatever it says (<c>ArgsEscaped</c>).</summary>
    public static JsonField<T> Meaningless<T>(string name) => new(name, (_, _, _, _) => { }, (_, _) => { });
}
