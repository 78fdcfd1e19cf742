using System.Globalization;

namespace Coracle.Core;

/// <summary>Words that pulls, pushes and creators of deltas share.</summary>
internal static class DeltaText
{
    /// <summary>Three digits, decimal units: <c>23.4 MB</c>.</summary>
    public static string Size(long bytes)
    {
        double size = bytes;
        string unit = "B";
        foreach (string larger in (ReadOnlySpan<string>)["kB", "MB", "GB", "TB"])
        {
            if (size < 999.5)
            {
                break;
            }

            (size, unit) = (size / 1000, larger);
        }

        return $"{size.ToString(size < 99.95 && unit != "B" ? "0.#" : "0", CultureInfo.InvariantCulture)} {unit}";
    }
}
