using System.Buffers;
using System.Globalization;

namespace Coracle.Core;

/// <summary>Go's spelling of a length of time: <c>1h30m</c>, <c>250ms</c>, <c>1.5s</c>.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> _number = SearchValues.Create("0123456789.");

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        double seconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(_number);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            rest = rest[digits..];
            int unit = rest.IndexOfAny(_number);
            ReadOnlySpan<char> name = unit < 0 ? rest : rest[..unit];
            double factor = name switch { "h" => 3600, "m" => 60, "s" => 1, "ms" => 1e-3, "us" or "µs" => 1e-6, "ns" => 1e-9, _ => double.NaN };
            seconds += number * factor;
            rest = rest[name.Length..];
        }

        if (text.IsEmpty || double.IsNaN(seconds) || seconds > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
