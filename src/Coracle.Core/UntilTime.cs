using System.Globalization;

namespace Coracle.Core;

/// <summary>Times of <c>until</c> filters: RFC 3339, seconds since 1970, or a duration back from now (<c>24h</c>).</summary>
internal static class UntilTime
{
    private const double MostSeconds = 1e11;

    /// <returns>Null when the filter was not given.</returns>
    /// <exception cref="EngineException">Two of them, or none of the three forms.</exception>
    public static DateTimeOffset? Of(Filters filters, DateTimeOffset now) => filters.Of("until") switch
    {
        [] => null,
        [string text] => Parse(text, now),
        _ => throw new EngineException(Refusal.InvalidArgument, "more than one until filter specified"),
    };

    private static DateTimeOffset Parse(string text, DateTimeOffset now)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && Math.Abs(seconds) < MostSeconds)
        {
            return DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        }

        if (GoDuration.TryParse(text, out TimeSpan ago))
        {
            return now - DateTimeOffset.MinValue > ago ? now - ago : DateTimeOffset.MinValue;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new EngineException(Refusal.InvalidArgument, $"failed to parse value as time or duration: \"{text}\"");
    }
}
