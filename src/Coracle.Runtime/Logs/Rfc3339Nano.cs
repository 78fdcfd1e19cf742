namespace Coracle.Runtime;

/// <summary>
/// Go's time.RFC3339Nano in UTC: <c>2026-01-02T03:04:05.67Z</c>, zeros at the end of the fraction left out. Written by hand since
/// formatting a DateTime brings culture tables into the monitor, and holds 100 ns where Docker writes single ones.
/// </summary>
internal static class Rfc3339Nano
{
    public const int LongestLength = 30;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int SecondsPerDay = 86400;

    /// <param name="unixNanoseconds">Since 1970, not negative.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(long unixNanoseconds, Span<byte> destination)
    {
        long seconds = unixNanoseconds / NanosecondsPerSecond;
        int secondOfDay = (int)(seconds % SecondsPerDay);
        (int year, int month, int day) = Civil((int)(seconds / SecondsPerDay));
        "0000-00-00T00:00:00"u8.CopyTo(destination);
        Digits(year, destination[..4]);
        Digits(month, destination[5..7]);
        Digits(day, destination[8..10]);
        Digits(secondOfDay / 3600, destination[11..13]);
        Digits(secondOfDay / 60 % 60, destination[14..16]);
        Digits(secondOfDay % 60, destination[17..19]);
        int length = 19 + Fraction((int)(unixNanoseconds % NanosecondsPerSecond), destination[19..]);
        destination[length] = (byte)'Z';
        return length + 1;
    }

    /// <summary>Proleptic Gregorian date of a day number; the year is taken to begin in March, so that the leap day is its last.</summary>
    private static (int Year, int Month, int Day) Civil(int daysSince1970)
    {
        const int DaysPerEra = 146097;          // 400 years
        int days = daysSince1970 + 719468;      // since 0000-03-01
        int era = days / DaysPerEra;
        int dayOfEra = days % DaysPerEra;
        int yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36524) - (dayOfEra / 146096)) / 365;
        int dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        int monthFromMarch = ((5 * dayOfYear) + 2) / 153;
        int day = dayOfYear - (((153 * monthFromMarch) + 2) / 5) + 1;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    private static int Fraction(int nanoseconds, Span<byte> destination)
    {
        if (nanoseconds == 0)
        {
            return 0;
        }

        int digits = 9;
        while (nanoseconds % 10 == 0)
        {
            nanoseconds /= 10;
            digits--;
        }

        destination[0] = (byte)'.';
        Digits(nanoseconds, destination.Slice(1, digits));
        return digits + 1;
    }

    private static void Digits(int value, Span<byte> destination)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            destination[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
