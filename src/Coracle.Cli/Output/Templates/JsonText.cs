using System.Text;

namespace Coracle.Cli;

/// <summary>JSON as text that keeps the engine's own spelling of strings and numbers.</summary>
internal static class JsonText
{
    private const int Indent = 4;

    /// <summary>Four spaces a level, as json.Indent: what is empty stays on its line.</summary>
    public static void AppendIndented(StringBuilder text, string json, int depth)
    {
        bool isString = false;
        for (int i = 0; i < json.Length; i++)
        {
            char c = json[i];
            if (isString || c == '"')
            {
                text.Append(c);
                isString = c != '"' || !isString;
                if (c == '\\')
                {
                    text.Append(json[++i]);
                }

                continue;
            }

            switch (c)
            {
                case '{' or '[' when After(json, i) is '}' or ']':
                    text.Append(c).Append(After(json, i));
                    i = json.IndexOf(After(json, i), i);
                    break;
                case '{' or '[':
                    Line(text.Append(c), ++depth);
                    break;
                case '}' or ']':
                    Line(text, --depth).Append(c);
                    break;
                case ',':
                    Line(text.Append(c), depth);
                    break;
                case ':':
                    text.Append(": ");
                    break;
                case ' ' or '\t' or '\r' or '\n':
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
    }

    /// <summary>Go's encoder escapes these three for HTML's sake; Docker's templates ask it not to.</summary>
    public static string WithoutHtmlEscapes(string json)
    {
        if (!json.Contains("\\u00", StringComparison.Ordinal))
        {
            return json;
        }

        StringBuilder text = new();
        for (int i = 0; i < json.Length; i++)
        {
            char? plain = json.AsSpan(i) switch
            {
                ['\\', 'u', '0', '0', '3', 'c' or 'C', ..] => '<',
                ['\\', 'u', '0', '0', '3', 'e' or 'E', ..] => '>',
                ['\\', 'u', '0', '0', '2', '6', ..] => '&',
                _ => null,
            };
            if (plain is char c)
            {
                text.Append(c);
                i += 5;
            }
            else
            {
                text.Append(json[i]);
                if (json[i] == '\\')
                {
                    text.Append(json[++i]);
                }
            }
        }

        return text.ToString();
    }

    /// <summary>A string as Go's encoder writes it.</summary>
    public static void AppendString(StringBuilder text, string value, bool escapesHtml)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or '\u2028' or '\u2029' => text.Append($"\\u{(int)c:x4}"),
                '<' or '>' or '&' when escapesHtml => text.Append($"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static char After(string json, int at)
    {
        do
        {
            at++;
        }
        while (at < json.Length && char.IsWhiteSpace(json[at]));
        return at < json.Length ? json[at] : '\0';
    }

    private static StringBuilder Line(StringBuilder text, int depth) => text.Append('\n').Append(' ', depth * Indent);
}
