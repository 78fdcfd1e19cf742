using System.Globalization;
using System.Text;

namespace Coracle.Cli;

/// <summary>Go's quoted strings: strconv.Quote and Unquote.</summary>
internal static class GoQuote
{
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\a' => quoted.Append("\\a"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\v' => quoted.Append("\\v"),
                < ' ' or 0x7f => quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                < 0x10000 when IsHidden(rune) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ when IsHidden(rune) => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
                _ => quoted.Append(rune.ToString()),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <param name="quoted">With its quotes: double, single or back.</param>
    /// <returns>Null where an escape is none.</returns>
    public static string? Unquote(string quoted)
    {
        ReadOnlySpan<char> inner = quoted.AsSpan(1, quoted.Length - 2);
        if (quoted[0] == '`')
        {
            return inner.ToString();
        }

        StringBuilder text = new();
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] != '\\')
            {
                text.Append(inner[i]);
                continue;
            }

            i++;
            int digits = i >= inner.Length ? -1 : inner[i] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                if (i + digits >= inner.Length || !int.TryParse(inner.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) || !Rune.IsValid(value))
                {
                    return null;
                }

                text.Append(new Rune(value).ToString());
                i += digits;
                continue;
            }

            int at = digits < 0 ? -1 : "abfnrtv\\'\"".IndexOf(inner[i], StringComparison.Ordinal);
            if (at < 0)
            {
                return null;
            }

            text.Append("\a\b\f\n\r\t\v\\'\""[at]);
        }

        return text.ToString();
    }

    private static bool IsHidden(Rune rune)
        => rune.Value != ' ' && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;
}
