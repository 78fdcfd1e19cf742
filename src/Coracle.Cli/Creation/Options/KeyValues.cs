using System.Text;

namespace Coracle.Cli;

/// <summary><c>name=value</c>, and lists of them separated by commas, where quotes hold a comma: Go's encoding/csv, one line.</summary>
internal static class KeyValues
{
    /// <returns>Without an equals sign, the value is empty.</returns>
    public static (string Name, string Value) Split(string text, char separator = '=')
    {
        int at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    /// <exception cref="CliException">Nothing is there, or quotes do not match.</exception>
    public static List<string> Fields(string line)
    {
        if (line.Length == 0)
        {
            throw new CliException("EOF");
        }

        List<string> fields = [];
        for (int at = 0; at <= line.Length; at++)
        {
            if (at < line.Length && line[at] == '"')
            {
                fields.Add(Quoted(line, ref at));
                continue;
            }

            int comma = line.IndexOf(',', at);
            int end = comma < 0 ? line.Length : comma;
            int quote = line.IndexOf('"', at, end - at);
            fields.Add(quote < 0 ? line[at..end] : throw new CliException($"parse error on line 1, column {quote + 1}: bare \" in non-quoted-field"));
            at = end;
        }

        return fields;
    }

    /// <param name="at">Of the opening quote; afterwards of the comma, or the end.</param>
    private static string Quoted(string line, ref int at)
    {
        StringBuilder field = new();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                field.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                field.Append('"');
                at++;
            }
            else if (++at == line.Length || line[at] == ',')
            {
                return field.ToString();
            }
            else
            {
                break;
            }
        }

        throw new CliException($"parse error on line 1, column {at + 1}: extraneous or missing \" in quoted-field");
    }
}
