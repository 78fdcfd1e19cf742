using System.Globalization;

namespace Coracle.Cli;

/// <summary>How a list is shown.</summary>
/// <param name="IsWhole"><c>--no-trunc</c></param>
/// <param name="IsHuman">Sizes and times for people; history can do without.</param>
internal sealed record View(bool IsWhole, TimeProvider Time, bool IsHuman = true)
{
    private const int ShortIdChars = 12;

    public string Id(string id)
    {
        int colon = id.IndexOf(':', StringComparison.Ordinal);
        string digits = colon < 0 || IsWhole ? id : id[(colon + 1)..];
        return IsWhole || digits.Length <= ShortIdChars ? digits : digits[..ShortIdChars];
    }

    public string Shortened(string text, int most) => IsWhole ? text : TextWidth.Shortened(text, most);

    public string Ago(long seconds) => HumanTime.Ago(Time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds));

    /// <summary>Go's time.Time.String, in local time.</summary>
    public string Moment(long seconds) => Moment(DateTimeOffset.FromUnixTimeSeconds(seconds), "");

    /// <param name="fraction">With its point, or nothing: .NET keeps seven digits only.</param>
    public string Moment(DateTimeOffset moment, string fraction)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(moment, Time.LocalTimeZone);
        string offset = local.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        return $"{local.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}{fraction} {offset} {(local.Offset == TimeSpan.Zero ? "UTC" : offset)}";
    }

    /// <summary>RFC 3339 in local time.</summary>
    public string Rfc3339(long seconds, string fraction = "")
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(seconds), Time.LocalTimeZone);
        string zone = local.Offset == TimeSpan.Zero ? "Z" : local.ToString("zzz", CultureInfo.InvariantCulture);
        return local.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + fraction + zone;
    }
}
