namespace Coracle.Cli;

/// <summary>
/// Docker's grammar, which is pflag's: <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, <c>-abc</c>, and
/// <c>--</c> ends the options. A command that runs a program stops at the first word, since the rest is the program's.
/// </summary>
internal sealed class OptionParser(IReadOnlyList<Option> options, bool stopsAtFirstWord)
{
    private static readonly Option _help = Option.Flag("help", "Print usage");

    /// <summary>Every command knows <c>--help</c>, and <c>-h</c> where that letter is free.</summary>
    private static readonly Option _shortHelp = Option.Flag("help", "", 'h');

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

    private static void Set(ParsedArguments parsed, Option option, string value)
    {
        if (OptionSyntax.Complaint(option, value) is string complaint)
        {
            throw new CliException($"invalid argument \"{value}\" for \"{option.Spelling}\" flag: {complaint}");
        }

        parsed.Set(option, value);
    }

    /// <returns>The index of the last argument taken.</returns>
    private int Long(IReadOnlyList<string> arguments, int at, ParsedArguments parsed)
    {
        string argument = arguments[at];
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument[2..] : argument[2..equals];
        if (name.Length == 0 || name[0] == '-')
        {
            throw new CliException($"bad flag syntax: {argument}");
        }

        Option option = Find(o => o.Name == name) ?? (name == "help" ? _help : throw new CliException($"unknown flag: --{name}"));
        if (equals >= 0)
        {
            Set(parsed, option, argument[(equals + 1)..]);
            return at;
        }

        if (option.Kind == OptionKind.Flag)
        {
            Set(parsed, option, "true");
            return at;
        }

        Set(parsed, option, Next(arguments, at, $"flag needs an argument: --{name}"));
        return at + 1;
    }

    /// <returns>The index of the last argument taken.</returns>
    private int Short(IReadOnlyList<string> arguments, int at, ParsedArguments parsed)
    {
        string letters = arguments[at][1..];
        for (int i = 0; i < letters.Length; i++)
        {
            char letter = letters[i];
            Option option = Find(o => o.Short == letter)
                ?? (letter == 'h' ? _shortHelp : throw new CliException($"unknown shorthand flag: '{letter}' in -{letters[i..]}"));
            if (i + 2 < letters.Length && letters[i + 1] == '=')
            {
                Set(parsed, option, letters[(i + 2)..]);
                return at;
            }

            if (option.Kind == OptionKind.Flag)
            {
                Set(parsed, option, "true");
                continue;
            }

            if (i + 1 < letters.Length)
            {
                Set(parsed, option, letters[(i + 1)..]);
                return at;
            }

            Set(parsed, option, Next(arguments, at, $"flag needs an argument: '{letter}' in -{letters[i..]}"));
            return at + 1;
        }

        return at;
    }

    private Option? Find(Predicate<Option> wanted)
    {
        foreach (Option option in options)
        {
            if (wanted(option))
            {
                return option;
            }
        }

        return null;
    }

    private static string Next(IReadOnlyList<string> arguments, int at, string complaint)
        => at + 1 < arguments.Count ? arguments[at + 1] : throw new CliException(complaint);
}
