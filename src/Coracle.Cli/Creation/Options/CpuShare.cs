using System.Globalization;

namespace Coracle.Cli;

/// <summary><c>--cpus</c>: a decimal, or a fraction such as <c>1/2</c>.</summary>
internal static class CpuShare
{
    /// <summary>The API's unit.</summary>
    private const decimal Nano = 1_000_000_000m;

    public static string? Complaint(string text)
        => TryParse(text) is not decimal cpus ? $"failed to parse {text} as a rational number"
            : cpus * Nano != decimal.Truncate(cpus * Nano) ? "value is too precise"
            : null;

    /// <param name="text">That has drawn no complaint.</param>
    public static long NanoCpus(string text) => (long)(TryParse(text)!.Value * Nano);

    private static decimal? TryParse(string text)
    {
        (string above, string below) = KeyValues.Split(text, '/');
        return decimal.TryParse(above, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            && decimal.TryParse(below.Length == 0 ? "1" : below, NumberStyles.None, CultureInfo.InvariantCulture, out decimal divisor) && divisor != 0
            && decimal.Abs(number / divisor) < long.MaxValue / Nano
            ? number / divisor
            : null;
    }
}
