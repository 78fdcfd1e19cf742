using System.Globalization;

namespace Coracle.Cli;

/// <summary>A moment as a person gives it, and as the API takes it: seconds since 1970 with nine digits.</summary>
internal static class Moment
{
    /// <exception cref="CliException">Neither a time nor a duration.</exception>
    public static string Parse(string text, DateTimeOffset now)
    {
        if (text.Length > 0 && text.All(c => char.IsAsciiDigit(c) || c == '.'))
        {
            return text;
        }

        if (TryDuration(text, out TimeSpan ago))
        {
            return Seconds(now - ago);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
            ? WithAllDigits(text, moment)
            : throw new CliException($"invalid value for \"since\" or \"until\": failed to parse value as time or duration: \"{text}\"");
    }

    /// <summary>.NET counts in 100 ns; the two digits below are taken from the text, or --since with a log's own timestamp would repeat its line.</summary>
    private static string WithAllDigits(string text, DateTimeOffset moment)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string digits = point < 0 ? "" : new string([.. text[(point + 1)..].TakeWhile(char.IsAsciiDigit)]);
        return $"{moment.ToUnixTimeSeconds()}.{(digits.Length > 9 ? digits[..9] : digits.PadRight(9, '0'))}";
    }

    private static string Seconds(DateTimeOffset moment)
    {
        long ticks = (moment - DateTimeOffset.UnixEpoch).Ticks;
        return $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond:d7}00";
    }

    /// <summary>Go's: <c>1h30m</c>, <c>42s</c>.</summary>
    private static bool TryDuration(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]) || text[i] == '.')
            {
                continue;
            }

            if (i == start || !double.TryParse(text[start..i], CultureInfo.InvariantCulture, out double number) || text[i] is not ('h' or 'm' or 's'))
            {
                return false;
            }

            span += text[i] == 'h' ? TimeSpan.FromHours(number) : text[i] == 'm' ? TimeSpan.FromMinutes(number) : TimeSpan.FromSeconds(number);
            start = i + 1;
        }

        return text.Length > 0 && start == text.Length;
    }
}
