using System.Globalization;

namespace Coracle.Cli;

/// <summary>A moment as a person gives it, and as the API takes it: seconds since 1970 with nine digits.</summary>
internal static class Moment
{
    /// <exception cref="CliException">Neither a time nor a duration.</exception>
    public static string Parse(string text, DateTimeOffset now)
    {
        if (text.Length > 0 && text.AsSpan().TrimStart("0123456789.").IsEmpty)
        {
            return text;
        }

        if (TryDuration(text, out TimeSpan ago))
        {
            return Seconds(now - ago);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
            ? WithAllDigits(text, moment)
            : throw new CliException($"failed to parse value as time or duration: \"{text}\"");
    }

    /// <returns><c>&amp;name=…</c> where the option of that name was given, or nothing.</returns>
    /// <exception cref="CliException">Neither a time nor a duration.</exception>
    public static string Query(Invocation invocation, string option)
    {
        if (invocation.Arguments.Value(option) is not { Length: > 0 } text)
        {
            return "";
        }

        try
        {
            return $"&{option}={Parse(text, invocation.Process.Time.GetUtcNow())}";
        }
        catch (CliException mistake)
        {
            throw new CliException($"invalid value for \"{option}\": {mistake.Message}");
        }
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

    private static bool TryDuration(string text, out TimeSpan span)
    {
        try
        {
            span = TimeSpan.FromTicks(GoDuration.Nanoseconds(text) / TimeSpan.NanosecondsPerTick);
            return true;
        }
        catch (CliException)
        {
            span = default;
            return false;
        }
    }
}
