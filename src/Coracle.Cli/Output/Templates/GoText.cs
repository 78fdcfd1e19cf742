using System.Globalization;

namespace Coracle.Cli;

/// <summary>Values as Go's fmt prints them.</summary>
internal static class GoText
{
    private const int LeastExponent = -4;
    private const int ShortestMostExponent = 21;

    /// <summary>What <c>{{.X}}</c> prints.</summary>
    public static string Printed(object? value) => value switch
    {
        null => "<nil>",
        NoValue => "<no value>",
        _ => Of(value),
    };

    /// <summary>%v.</summary>
    public static string Of(object? value) => value switch
    {
        null or NoValue => "<nil>",
        string text => text,
        bool truth => truth ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double real => Shortest(real),
        EngineValue { IsList: true } list => "[" + Joined(list) + "]",
        EngineValue { IsMap: true } map => "map[" + string.Join(' ', map.Keys().ConvertAll(k => $"{k}:{Of(map.At(k))}")) + "]",
        EngineValue structure => "{" + Joined(structure.Members()) + "}",
        IReadOnlyList<object?> list => "[" + Joined(list) + "]",
        IFields row => row.ToJson(),
        _ => "",
    };

    /// <summary>The shortest digits that read back as the same number, as %v prints it.</summary>
    public static string Shortest(double value)
    {
        string digits = value.ToString("R", CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        int exponent = value == 0 ? 0 : (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return exponent is < LeastExponent or >= ShortestMostExponent
            ? WithExponent(value, digits.Count(char.IsAsciiDigit) - 1)
            : digits.Contains('E', StringComparison.Ordinal) ? value.ToString("0.####################", CultureInfo.InvariantCulture) : digits;
    }

    /// <summary>%.Ng: so many significant digits, no trailing zeros, an exponent where they do not reach.</summary>
    public static string Significant(double value, int digits)
    {
        string scientific = value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture);
        int exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return exponent < LeastExponent || exponent >= digits
            ? WithExponent(value, digits - 1)
            : value.ToString("0." + new string('#', digits - 1 - exponent), CultureInfo.InvariantCulture);
    }

    /// <summary>The type's name in Go, for the words of an error.</summary>
    public static string TypeOf(object? value) => value switch
    {
        string => "string",
        bool => "bool",
        long => "int",
        double => "float64",
        EngineValue { IsList: true } or IReadOnlyList<object?> => "[]string",
        EngineValue { IsMap: true } => "map[string]string",
        IFields fields => fields.TypeName,
        _ => "<nil>",
    };

    private static string WithExponent(double value, int mostDecimals)
        => value.ToString("0." + new string('#', mostDecimals) + "e+00", CultureInfo.InvariantCulture);

    private static string Joined(EngineValue list)
    {
        List<object?> items = [];
        for (int i = 0; i < list.Count; i++)
        {
            items.Add(list.At(i));
        }

        return Joined(items);
    }

    private static string Joined(IEnumerable<object?> items) => string.Join(' ', items.Select(Of));
}
