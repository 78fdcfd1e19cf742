using System.Globalization;

namespace Coracle.Cli;

/// <summary>Whole numbers, and what Go's strconv says about text that is none.</summary>
internal static class Number
{
    /// <returns>Null where it is a number within the bounds.</returns>
    public static string? Complaint(string text, long least, long most)
    {
        string function = least < 0 ? "ParseInt" : "ParseUint";
        ReadOnlySpan<char> digits = least < 0 && text is ['-' or '+', ..] ? text.AsSpan(1) : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return Syntax(function, text);
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? null
            : $"strconv.{function}: parsing \"{text}\": value out of range";
    }

    public static string Syntax(string function, string text) => $"strconv.{function}: parsing \"{text}\": invalid syntax";
}
