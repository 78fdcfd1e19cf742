using System.Globalization;

namespace Coracle.Cli;

/// <summary>go-units' sizes, which Docker's tables show.</summary>
internal static class HumanSize
{
    private const int UsualDigits = 4;

    private static readonly string[] _decimal = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    private static readonly string[] _binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Decimal units: <c>27.18MB</c>; three digits in the tables of images and containers.</summary>
    public static string Decimal(double bytes, int digits = UsualDigits) => Format(bytes, 1000, _decimal, digits);

    /// <summary>Binary units, for memory: <c>23.54GiB</c>.</summary>
    public static string Binary(double bytes) => Format(bytes, 1024, _binary, UsualDigits);

    private static string Format(double bytes, double step, string[] units, int digits)
    {
        int unit = 0;
        while (bytes >= step && unit < units.Length - 1)
        {
            bytes /= step;
            unit++;
        }

        return GoText.Significant(bytes, digits).ToString(CultureInfo.InvariantCulture) + units[unit];
    }
}
