using System.Globalization;
using System.Text;

namespace Coracle.Cli;

/// <summary>fmt.Sprintf for the values a template has: %s %v %q %d %t %x %X %f %e %g %c %%, with flags, width and precision.</summary>
internal static class GoPrintf
{
    /// <summary>A width is text in memory.</summary>
    private const int MaxWidth = 1000;

    private const int DefaultDecimals = 6;

    public static string Format(string format, IReadOnlyList<object?> arguments)
    {
        StringBuilder text = new();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            Directive directive = Read(format, ref i);
            if (directive.Verb == '%')
            {
                text.Append('%');
            }
            else if (directive.Verb == '\0')
            {
                text.Append("%!(NOVERB)");
            }
            else if (next >= arguments.Count)
            {
                text.Append($"%!{directive.Verb}(MISSING)");
            }
            else
            {
                text.Append(Padded(One(directive, arguments[next++]), directive));
            }
        }

        if (next < arguments.Count)
        {
            text.Append("%!(EXTRA " + string.Join(", ", arguments.Where((_, i) => i >= next).Select(a => $"{GoText.TypeOf(a)}={GoText.Of(a)}")) + ")");
        }

        return text.ToString();
    }

    private static Directive Read(string format, ref int at)
    {
        int start = ++at;
        while (at < format.Length && "+-# 0".Contains(format[at], StringComparison.Ordinal))
        {
            at++;
        }

        string flags = format[start..at];
        int? width = Number(format, ref at);
        int? precision = null;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = Number(format, ref at) ?? 0;
        }

        return new Directive(flags, width, precision, at < format.Length ? format[at] : '\0');
    }

    private static int? Number(string format, ref int at)
    {
        int start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
        {
            at++;
        }

        return at == start ? null : int.TryParse(format.AsSpan(start, at - start), CultureInfo.InvariantCulture, out int number) ? Math.Min(number, MaxWidth) : MaxWidth;
    }

    private static string One(Directive directive, object? value) => (directive.Verb, value) switch
    {
        ('v', string or bool or EngineValue or IReadOnlyList<object?> or null or NoValue) => GoText.Of(value),
        ('v' or 'd', long number) => Signed(directive, number, number.ToString(CultureInfo.InvariantCulture)),
        ('v' or 'g', double real) => Signed(directive, real, directive.Precision is int digits ? GoText.Significant(real, Math.Max(1, digits)) : GoText.Shortest(real)),
        ('s', string text) => Cut(directive, text),
        ('s', EngineValue or IReadOnlyList<object?>) => GoText.Of(value),
        ('q', string text) => GoQuote.Quote(Cut(directive, text)),
        ('q' or 'c', long number) when Rune.IsValid((int)number) => directive.Verb == 'c' ? new Rune((int)number).ToString() : $"'{new Rune((int)number)}'",
        ('T', _) => GoText.TypeOf(value),
        ('t', bool truth) => truth ? "true" : "false",
        ('x', long number) => number.ToString("x", CultureInfo.InvariantCulture),
        ('X', long number) => number.ToString("X", CultureInfo.InvariantCulture),
        ('x', string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        ('X', string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text)),
        ('f', double real) => Signed(directive, real, real.ToString("F" + (directive.Precision ?? DefaultDecimals), CultureInfo.InvariantCulture)),
        ('e', double real) => Signed(directive, real, real.ToString("0." + new string('0', directive.Precision ?? DefaultDecimals) + "e+00", CultureInfo.InvariantCulture)),
        (char verb, null or NoValue) => $"%!{verb}(<nil>)",
        (char verb, _) => $"%!{verb}({GoText.TypeOf(value)}={GoText.Of(value)})",
    };

    private static string Signed(Directive directive, double value, string text)
        => value >= 0 && directive.Flags.Contains('+', StringComparison.Ordinal) ? "+" + text
            : value >= 0 && directive.Flags.Contains(' ', StringComparison.Ordinal) ? " " + text : text;

    private static string Cut(Directive directive, string text)
        => directive.Precision is int most ? TextWidth.First(text, most) : text;

    private static string Padded(string text, Directive directive)
    {
        int missing = (directive.Width ?? 0) - TextWidth.Of(text);
        if (missing <= 0)
        {
            return text;
        }

        if (directive.Flags.Contains('-', StringComparison.Ordinal))
        {
            return text + new string(' ', missing);
        }

        bool isZero = directive.Flags.Contains('0', StringComparison.Ordinal);
        return isZero && text[..1] is "-" or "+" ? text[0] + new string('0', missing) + text[1..] : new string(isZero ? '0' : ' ', missing) + text;
    }

    private readonly record struct Directive(string Flags, int? Width, int? Precision, char Verb);
}
