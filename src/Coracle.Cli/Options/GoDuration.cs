using System.Globalization;

namespace Coracle.Cli;

/// <summary>Go's durations: <c>1h30m</c>, <c>1.5s</c>, <c>500ms</c>.</summary>
internal static class GoDuration
{
    /// <exception cref="CliException">It is none; Go's words.</exception>
    public static long Nanoseconds(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart("+-");
        if (rest is "0")
        {
            return 0;
        }

        if (rest.Length == 0 || text.Length - rest.Length > 1)
        {
            throw Invalid(text);
        }

        decimal sum = 0;
        while (rest.Length > 0)
        {
            int digits = Length(rest, c => char.IsAsciiDigit(c) || c == '.');
            if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            {
                throw Invalid(text);
            }

            rest = rest[digits..];
            int letters = Length(rest, c => !char.IsAsciiDigit(c) && c != '.');
            decimal unit = UnitOf(rest[..letters], text);
            sum += number <= long.MaxValue / unit ? number * unit : throw Invalid(text);
            rest = rest[letters..];
        }

        return sum <= long.MaxValue ? (long)(text[0] == '-' ? -sum : sum) : throw Invalid(text);
    }

    private static decimal UnitOf(ReadOnlySpan<char> unit, string text) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "" => throw new CliException($"time: missing unit in duration \"{text}\""),
        _ => throw new CliException($"time: unknown unit \"{unit}\" in duration \"{text}\""),
    };

    private static int Length(ReadOnlySpan<char> text, Predicate<char> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
        {
            length++;
        }

        return length;
    }

    private static CliException Invalid(string text) => new($"time: invalid duration \"{text}\"");
}
