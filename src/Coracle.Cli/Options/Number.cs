using System.Globalization;

namespace Coracle.Cli;

/// <summary>Whole numbers, and what Go's strconv says about text that is none.</summary>
internal static class Number
{
    /// <returns>Null where it is a number within the bounds.</returns>
    public static string? Complaint(string text, long least, long most)
    {
        string function = least < 0 ? "ParseInt" : "ParseUint";
        if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 number) || least >= 0 && text[0] is '-' or '+')
        {
            return Syntax(function, text);
        }

        return number >= least && number <= most ? null : $"strconv.{function}: parsing \"{text}\": value out of range";
    }

    public static string Syntax(string function, string text) => $"strconv.{function}: parsing \"{text}\": invalid syntax";
}
