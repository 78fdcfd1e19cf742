namespace Coracle.Cli;

/// <summary>
/// Docker's grammar, which is pflag's: <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, <c>-abc</c>, and
/// <c>--</c> ends the options. A command that runs a program stops at the first word, since the rest is the program's.
/// </summary>
internal sealed class OptionParser(IReadOnlyList<Option> options, bool stopsAtFirstWord)
{
    /// <exception cref="CliException">An option nobody knows, or one without its value; Docker's words.</exception>
    public ParsedArguments Parse(IReadOnlyList<string> arguments)
    {
        ParsedArguments parsed = new();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                Rest(arguments, i + 1, parsed);
                break;
            }

            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                i = Long(arguments, i, parsed);
            }
            else if (argument.Length > 1 && argument[0] == '-')
            {
                i = Short(arguments, i, parsed);
            }
            else if (stopsAtFirstWord)
            {
                Rest(arguments, i, parsed);
                break;
            }
            else
            {
                parsed.Add(argument);
            }
        }

        return parsed;
    }

    private static void Rest(IReadOnlyList<string> arguments, int from, ParsedArguments parsed)
    {
        for (int i = from; i < arguments.Count; i++)
        {
            parsed.Add(arguments[i]);
        }
    }

    /// <returns>The index of the last argument taken.</returns>
    private int Long(IReadOnlyList<string> arguments, int at, ParsedArguments parsed)
    {
        string argument = arguments[at];
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument[2..] : argument[2..equals];
        Option option = options.FirstOrDefault(o => o.Name == name) ?? throw new CliException($"unknown flag: --{name}");
        if (equals >= 0)
        {
            parsed.Set(option, argument[(equals + 1)..]);
            return at;
        }

        if (option.Kind == OptionKind.Flag)
        {
            parsed.Set(option, "true");
            return at;
        }

        parsed.Set(option, Next(arguments, at, $"flag needs an argument: --{name}"));
        return at + 1;
    }

    /// <returns>The index of the last argument taken.</returns>
    private int Short(IReadOnlyList<string> arguments, int at, ParsedArguments parsed)
    {
        string letters = arguments[at][1..];
        for (int i = 0; i < letters.Length; i++)
        {
            Option option = options.FirstOrDefault(o => o.Short == letters[i])
                ?? throw new CliException($"unknown shorthand flag: '{letters[i]}' in -{letters}");
            if (option.Kind == OptionKind.Flag)
            {
                parsed.Set(option, "true");
                continue;
            }

            if (i + 1 < letters.Length)
            {
                parsed.Set(option, letters[(i + 1)..].TrimStart('='));
                return at;
            }

            parsed.Set(option, Next(arguments, at, $"flag needs an argument: '{letters[i]}' in -{letters}"));
            return at + 1;
        }

        return at;
    }

    private static string Next(IReadOnlyList<string> arguments, int at, string complaint)
        => at + 1 < arguments.Count ? arguments[at + 1] : throw new CliException(complaint);
}
