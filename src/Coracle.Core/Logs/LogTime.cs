using System.Buffers.Text;
using System.Globalization;

namespace Coracle.Core;

/// <summary>Times in logs and queries, in nanoseconds since 1970: a DateTimeOffset is too coarse by two digits.</summary>
public static class LogTime
{
    public const long PerSecond = 1_000_000_000;

    private const int FractionDigits = 9;

    /// <summary>Bytes of <c>2026-01-02T03:04:05</c>.</summary>
    private const int SecondsLength = 19;

    /// <summary>Docker's query times: <c>1700000000</c>, <c>1700000000.000000001</c>, or RFC 3339.</summary>
    /// <exception cref="EngineException">Neither.</exception>
    public static long Parse(string text)
    {
        int dot = text.IndexOf('.');
        string whole = dot < 0 ? text : text[..dot];
        string fraction = dot < 0 ? "" : text[(dot + 1)..];
        if (long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds)
            && fraction.Length <= FractionDigits && fraction.All(char.IsAsciiDigit)
            && seconds is > -long.MaxValue / PerSecond and < long.MaxValue / PerSecond)
        {
            return (seconds * PerSecond) + (fraction.Length == 0 ? 0 : long.Parse(fraction.PadRight(FractionDigits, '0'), CultureInfo.InvariantCulture));
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? Of(time)
            : throw new EngineException(Refusal.InvalidArgument, $"invalid value for time: \"{text}\"");
    }

    public static long Of(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;

    /// <summary>The time of a log line (<c>2026-01-02T03:04:05.123456789Z</c>); 0 when it is none.</summary>
    public static long ParseLine(ReadOnlySpan<byte> text)
    {
        if (text.Length <= SecondsLength
            || !Utf8Parser.TryParse(text[..4], out int year, out _) || !Two(text, 5, out int month) || !Two(text, 8, out int day)
            || !Two(text, 11, out int hour) || !Two(text, 14, out int minute) || !Two(text, 17, out int second)
            || year < 1970 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return 0;
        }

        long seconds = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks;
        return (seconds * 100) + Fraction(text[SecondsLength..]);
    }

    /// <summary>Docker's <c>--timestamps</c>: always nine digits, so that columns stay columns.</summary>
    public static int WriteFixed(ReadOnlySpan<byte> lineTime, Span<byte> destination)
    {
        int seconds = Math.Min(SecondsLength, lineTime.Length);
        lineTime[..seconds].CopyTo(destination);
        destination[seconds] = (byte)'.';
        long fraction = Fraction(lineTime[seconds..]);
        for (int i = FractionDigits; i > 0; i--)
        {
            destination[seconds + i] = (byte)('0' + (fraction % 10));
            fraction /= 10;
        }

        destination[seconds + FractionDigits + 1] = (byte)'Z';
        return seconds + FractionDigits + 2;
    }

    /// <summary>Two digits and no sign.</summary>
    private static bool Two(ReadOnlySpan<byte> text, int at, out int number)
    {
        bool isNumber = Utf8Parser.TryParse(text.Slice(at, 2), out byte value, out int used) && used == 2;
        number = value;
        return isNumber && char.IsAsciiDigit((char)text[at]);
    }

    private static long Fraction(ReadOnlySpan<byte> text)
    {
        long fraction = 0;
        int digits = 0;
        if (text.Length > 0 && text[0] == '.')
        {
            for (int i = 1; i < text.Length && digits < FractionDigits && text[i] is >= (byte)'0' and <= (byte)'9'; i++, digits++)
            {
                fraction = (fraction * 10) + (text[i] - '0');
            }
        }

        for (; digits < FractionDigits; digits++)
        {
            fraction *= 10;
        }

        return fraction;
    }
}
