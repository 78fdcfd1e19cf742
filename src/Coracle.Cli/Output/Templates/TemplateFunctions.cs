using System.Globalization;
using System.Text;

namespace Coracle.Cli;

/// <summary>The functions of a template: Go's own and those that Docker's client adds. A mistake is an <see cref="ArgumentException"/> with Go's words.</summary>
internal static class TemplateFunctions
{
    private const int MaxPadding = 1000;

    /// <summary>Name, fewest and most arguments.</summary>
    private static readonly (string Name, int Least, int Most)[] _all =
    [
        ("and", 1, int.MaxValue), ("eq", 2, int.MaxValue), ("ge", 2, 2), ("gt", 2, 2), ("index", 1, int.MaxValue), ("join", 2, 2), ("json", 1, 1), ("le", 2, 2),
        ("len", 1, 1), ("lower", 1, 1), ("lt", 2, 2), ("ne", 2, 2), ("not", 1, 1), ("or", 1, int.MaxValue), ("pad", 3, 3), ("print", 0, int.MaxValue),
        ("printf", 1, int.MaxValue), ("println", 0, int.MaxValue), ("slice", 1, 4), ("split", 2, 2), ("title", 1, 1), ("truncate", 2, 2), ("upper", 1, 1),
    ];

    public static bool Exists(string name) => Array.Exists(_all, f => f.Name == name);

    /// <summary>and and or stop at the first argument that decides, and so are the executor's.</summary>
    public static bool IsLazy(string name) => name is "and" or "or";

    /// <returns>The complaint about the count of arguments, or null.</returns>
    public static string? CountComplaint(string name, int count)
    {
        (_, int least, int most) = Array.Find(_all, f => f.Name == name);
        return count < least && most == int.MaxValue ? $"wrong number of args for {name}: want at least {least} got {count}"
            : count < least || count > most ? $"wrong number of args for {name}: want {least} got {count}"
            : null;
    }

    public static object? Call(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "json" => Json(arguments[0]),
        "join" => string.Join(Text(arguments, 1), Strings(arguments[0])),
        "split" => Text(arguments, 0).Split(Text(arguments, 1)),
        "lower" => Text(arguments, 0).ToLowerInvariant(),
        "upper" => Text(arguments, 0).ToUpperInvariant(),
        "title" => Title(Text(arguments, 0)),
        "pad" => Pad(Text(arguments, 0), Whole(arguments, 1), Whole(arguments, 2)),
        "truncate" => Truncate(Text(arguments, 0), Whole(arguments, 1)),
        "print" => Print(arguments),
        "println" => string.Join(' ', arguments.Select(GoText.Of)) + "\n",
        "printf" => GoPrintf.Format(Text(arguments, 0), [.. arguments.Where((_, i) => i > 0)]),
        "len" => Length(arguments[0]),
        "index" => arguments.Where((_, i) => i > 0).Aggregate(arguments[0], Index),
        "slice" => arguments[0] is string text ? SliceOfText(arguments, text) : Slice(arguments),
        "not" => !IsTrue(arguments[0]),
        "eq" => Enumerable.Range(1, arguments.Count - 1).Any(i => TemplateComparison.AreEqual(arguments[0], arguments[i])),
        "ne" => !TemplateComparison.AreEqual(arguments[0], arguments[1]),
        "lt" => TemplateComparison.IsLess(arguments[0], arguments[1]),
        "ge" => !TemplateComparison.IsLess(arguments[0], arguments[1]),
        "le" => TemplateComparison.IsLess(arguments[0], arguments[1]) || TemplateComparison.AreEqual(arguments[0], arguments[1]),
        _ => !TemplateComparison.IsLess(arguments[0], arguments[1]) && !TemplateComparison.AreEqual(arguments[0], arguments[1]),
    };

    /// <summary>Go's truth: what is empty is false; a struct is always true.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or NoValue => false,
        bool truth => truth,
        string text => text.Length > 0,
        long number => number != 0,
        double real => real != 0,
        EngineValue json when json.IsList || json.IsMap => json.Count > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        _ => true,
    };

    private static string Json(object? value)
    {
        StringBuilder text = new();
        switch (value)
        {
            case null or NoValue:
                return "null";
            case string s:
                JsonText.AppendString(text, s, escapesHtml: false);
                return text.ToString();
            case IFields fields:
                return fields.ToJson();
            case IReadOnlyList<object?> list:
                return "[" + string.Join(',', list.Select(Json)) + "]";
            default:
                return GoText.Of(value);
        }
    }

    private static string Text(IReadOnlyList<object?> arguments, int index) => arguments[index] as string ?? throw new WrongArgumentException(index, "string", arguments[index]);

    private static int Whole(IReadOnlyList<object?> arguments, int index) => arguments[index] is long number and >= int.MinValue and <= int.MaxValue
        ? (int)number
        : throw new WrongArgumentException(index, "int", arguments[index]);

    private static IEnumerable<string> Strings(object? value) => value switch
    {
        EngineValue { IsList: true } list => Enumerable.Range(0, list.Count).Select(i => GoText.Of(list.At(i))),
        IReadOnlyList<object?> list => list.Select(GoText.Of),
        _ => throw new WrongArgumentException(0, "[]string", value),
    };

    /// <summary>fmt.Sprint: a space between two values where neither is a string.</summary>
    private static string Print(IReadOnlyList<object?> values)
    {
        StringBuilder text = new();
        for (int i = 0; i < values.Count; i++)
        {
            text.Append(i > 0 && values[i] is not string && values[i - 1] is not string ? " " : "").Append(GoText.Of(values[i]));
        }

        return text.ToString();
    }

    private static string Title(string text)
    {
        char[] letters = text.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
        {
            if (i == 0 || !(char.IsLetterOrDigit(letters[i - 1]) || letters[i - 1] is '_' or '\''))
            {
                letters[i] = char.ToUpperInvariant(letters[i]);
            }
        }

        return new string(letters);
    }

    private static string Pad(string text, int before, int after)
        => text.Length == 0 ? "" : new string(' ', Math.Clamp(before, 0, MaxPadding)) + text + new string(' ', Math.Clamp(after, 0, MaxPadding));

    private static string Truncate(string text, int length)
        => Encoding.UTF8.GetByteCount(text) < length ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text), 0, Math.Max(0, length));

    private static long Length(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        EngineValue json when json.IsList || json.IsMap => json.Count,
        IReadOnlyList<object?> list => list.Count,
        null or NoValue => throw new ArgumentException("len of nil pointer"),
        _ => throw new ArgumentException($"len of type {GoText.TypeOf(value)}"),
    };

    private static object? Index(object? value, object? key) => (value, key) switch
    {
        (null or NoValue, _) => throw new ArgumentException("index of untyped nil"),
        (EngineValue { IsMap: true } map, string name) => map.At(name) ?? "",
        (EngineValue { IsMap: true }, _) => throw new ArgumentException($"value has type {GoText.TypeOf(key)}; should be string"),
        (EngineValue { IsList: true } list, long at) => at >= 0 && at < list.Count ? list.At((int)at) : throw OutOfRange("slice", at, list.Count),
        (IReadOnlyList<object?> list, long at) => at >= 0 && at < list.Count ? list[(int)at] : throw OutOfRange("slice", at, list.Count),
        (string text, long at) => at >= 0 && at < Encoding.UTF8.GetByteCount(text) ? (long)Encoding.UTF8.GetBytes(text)[at] : throw OutOfRange("string", at, Encoding.UTF8.GetByteCount(text)),
        (EngineValue { IsList: true } or IReadOnlyList<object?> or string, _) => throw new ArgumentException($"cannot index slice/array with type {GoText.TypeOf(key)}"),
        _ => throw new ArgumentException($"can't index item of type {GoText.TypeOf(value)}"),
    };

    /// <summary>Go lets the length itself pass its own check, and reflection then finds it.</summary>
    private static ArgumentException OutOfRange(string kind, long at, int count)
        => new(at != count ? string.Create(CultureInfo.InvariantCulture, $"index out of range: {at}") : $"reflect: {kind} index out of range");

    private static string SliceOfText(IReadOnlyList<object?> arguments, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        (int from, int to) = Bounds(arguments, bytes.Length);
        return Encoding.UTF8.GetString(bytes, from, to - from);
    }

    private static List<object?> Slice(IReadOnlyList<object?> arguments)
    {
        List<object?> list = arguments[0] switch
        {
            EngineValue { IsList: true } json => [.. Enumerable.Range(0, json.Count).Select(json.At)],
            IReadOnlyList<object?> items => [.. items],
            null or NoValue => throw new ArgumentException("slice of untyped nil"),
            object other => throw new ArgumentException($"can't slice item of type {GoText.TypeOf(other)}"),
        };
        (int start, int end) = Bounds(arguments, list.Count);
        return list[start..end];
    }

    private static (int From, int To) Bounds(IReadOnlyList<object?> arguments, int count)
    {
        int from = arguments.Count > 1 ? Whole(arguments, 1) : 0;
        int to = arguments.Count > 2 ? Whole(arguments, 2) : count;
        int wrong = from < 0 || from > count ? from : to < 0 || to > count ? to : -1;
        return wrong >= 0 || from < 0 || to < 0 ? throw new ArgumentException($"index out of range: {wrong}")
            : from > to ? throw new ArgumentException($"invalid slice index: {from} > {to}")
            : (from, to);
    }
}
