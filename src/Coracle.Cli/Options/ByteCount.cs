using System.Globalization;

namespace Coracle.Cli;

/// <summary>Amounts as Docker writes and reads them.</summary>
internal static class ByteCount
{
    private static readonly string[] _decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary><c>64m</c> is 64 MiB: units of memory are binary, whatever they are called.</summary>
    /// <exception cref="CliException">It is no size.</exception>
    public static long Parse(string text, string option)
        => TryParse(text, out long bytes) ? bytes : throw new CliException($"invalid argument \"{text}\" for \"--{option}\" flag: {Complaint(text)}");

    public static string Complaint(string text) => $"invalid size: '{text}'";

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string lower = text.Trim().ToLowerInvariant();
        string digits = lower.TrimEnd('b').TrimEnd('i').TrimEnd('k', 'm', 'g', 't', 'p').TrimEnd(' ');
        int shift = lower[digits.Length..].TrimStart(' ') switch
        {
            "" or "b" => 0,
            "k" or "kb" or "kib" => 10,
            "m" or "mb" or "mib" => 20,
            "g" or "gb" or "gib" => 30,
            "t" or "tb" or "tib" => 40,
            "p" or "pb" or "pib" => 50,
            _ => -1,
        };
        if (shift < 0 || !digits.AsSpan().TrimStart("0123456789.").IsEmpty || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            return false;
        }

        bytes = (long)(number * (1L << shift));
        return true;
    }

    /// <summary>Three digits and a decimal unit: <c>27.2MB</c>.</summary>
    public static string Format(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < _decimalUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        // Go's %.3g: three significant digits, no trailing zeros.
        string digits = value >= 100 ? value.ToString("0", CultureInfo.InvariantCulture)
            : value >= 10 ? value.ToString("0.#", CultureInfo.InvariantCulture)
            : value.ToString("0.##", CultureInfo.InvariantCulture);
        return digits + _decimalUnits[unit];
    }
}
