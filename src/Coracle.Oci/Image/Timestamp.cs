using System.Globalization;

namespace Coracle.Oci;

/// <summary>RFC 3339 as Go writes it. A DateTimeOffset holds 100 ns, so Go's last two digits are rounded away.</summary>
public static class Timestamp
{
    private const string GoZero = "0001-01-01T00:00:00Z";

    /// <returns>Null for no text and for Go's zero time, which means "not set".</returns>
    /// <exception cref="OciFormatException">Not a time.</exception>
    public static DateTimeOffset? Parse(string? text)
    {
        if (text is null or "" or GoZero)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new OciFormatException($"not a time: '{JsonFields.Shorten(text)}'");
    }

    /// <summary>Trailing zeros of the fraction are left out, as Go's RFC3339Nano does.</summary>
    public static string Format(DateTimeOffset? time)
        => time is { } value ? value.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture) : GoZero;
}
