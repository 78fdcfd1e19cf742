using System.Text;

namespace Coracle.Cli;

/// <summary>Variables and labels: the files first, then the options.</summary>
internal static class EnvironmentOptions
{
    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// <c>--env-file</c> and <c>-e</c>. A name alone is taken from our own environment; where it is not there, a file's line says nothing,
    /// and an option removes the image's variable.
    /// </summary>
    /// <exception cref="CliException">A file that cannot be read, or a line that is no variable.</exception>
    public static List<string> Variables(ParsedArguments arguments, CliProcess process)
    {
        List<string> variables = [];
        foreach (string line in Lines(arguments.Values("env-file")))
        {
            string filled = Filled(line, process);
            if (filled.Contains('=', StringComparison.Ordinal))
            {
                variables.Add(filled);
            }
        }

        int ownFrom = variables.Count;
        foreach (string variable in arguments.Values("env"))
        {
            string filled = Filled(variable, process);
            int same = variables.FindIndex(ownFrom, v => NameOf(v) == NameOf(filled));
            if (same < 0)
            {
                variables.Add(filled);
            }
            else
            {
                variables[same] = filled;
            }
        }

        return variables;
    }

    /// <summary><c>--label-file</c> and <c>-l</c>. A name alone is an empty label, but says nothing in a file.</summary>
    /// <inheritdoc cref="Variables"/>
    public static List<string> Labels(ParsedArguments arguments)
        => [.. Lines(arguments.Values("label-file")).Where(l => l.Contains('=', StringComparison.Ordinal)), .. arguments.Values("label")];

    private static string NameOf(string variable) => KeyValues.Split(variable).Name;

    private static string Filled(string variable, CliProcess process)
        => !variable.Contains('=', StringComparison.Ordinal) && process.Environment.TryGetValue(variable, out string? value) ? $"{variable}={value}" : variable;

    private static List<string> Lines(IReadOnlyList<string> files)
    {
        List<string> lines = [];
        foreach (string file in files)
        {
            byte[] content = TextFile.Read(file);
            int number = 0;
            foreach (Range range in content.AsSpan().Split((byte)'\n'))
            {
                number++;
                string line = Decoded(content.AsSpan(range), file, number).TrimStart('\uFEFF').TrimStart().TrimEnd('\r');
                if (line.Length > 0 && line[0] != '#')
                {
                    Check(line, file);
                    lines.Add(line);
                }
            }
        }

        return lines;
    }

    private static string Decoded(ReadOnlySpan<byte> line, string file, int number)
    {
        try
        {
            return _strictUtf8.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            throw new CliException($"invalid env file ({file}): invalid utf8 bytes at line {number}: [{string.Join(' ', line.ToArray())}]");
        }
    }

    private static void Check(string line, string file)
    {
        string name = NameOf(line);
        if (name.Length == 0)
        {
            throw new CliException($"invalid env file ({file}): no variable name on line '{line}'");
        }

        if (name.AsSpan().IndexOfAny(" \t") >= 0)
        {
            throw new CliException($"invalid env file ({file}): variable '{name}' contains whitespaces");
        }
    }
}
