namespace Coracle;

/// <summary>Flags in the grammar of dockerd: <c>--flag value</c>, <c>--flag=value</c>, <c>-Hvalue</c>, <c>-DH value</c>; no positionals.</summary>
internal static class FlagParser
{
    public static OptionValues Parse(ReadOnlySpan<string> args)
    {
        OptionValues values = new();
        for (int i = 0; i < args.Length; i++)
        {
            string text = args[i];
            if (text.StartsWith("--", StringComparison.Ordinal) && text.Length > 2)
            {
                i += ParseLong(text[2..], args[(i + 1)..], values);
            }
            else if (text.StartsWith('-') && text.Length > 1)
            {
                i += ParseShort(text, args[(i + 1)..], values);
            }
            else
            {
                throw new OptionsException($"\"daemon\" accepts no arguments: '{text}'");
            }
        }

        return values;
    }

    /// <returns>How many of the following arguments were its value.</returns>
    private static int ParseLong(string text, ReadOnlySpan<string> next, OptionValues values)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        OptionSpec spec = (name.Length > 1 ? OptionTable.ByFlag(name) : null) ?? throw new OptionsException($"unknown flag: --{name}");
        if (equals >= 0)
        {
            values.Add(spec, Checked(spec, text[(equals + 1)..]));
            return 0;
        }

        return TakeValue(spec, $"--{name}", next, values);
    }

    private static int ParseShort(string text, ReadOnlySpan<string> next, OptionValues values)
    {
        for (int at = 1; at < text.Length; at++)
        {
            OptionSpec spec = OptionTable.ByFlag(text[at].ToString())
                ?? throw new OptionsException($"unknown shorthand flag: '{text[at]}' in {text}");
            string rest = text[(at + 1)..];
            if (rest.StartsWith('='))
            {
                values.Add(spec, Checked(spec, rest[1..]));
                return 0;
            }

            if (spec.Kind != OptionKind.Switch && rest.Length > 0)
            {
                values.Add(spec, rest);
                return 0;
            }

            if (spec.Kind != OptionKind.Switch)
            {
                return TakeValue(spec, $"-{text[at]}", next, values);
            }

            values.Add(spec, "true");
        }

        return 0;
    }

    private static int TakeValue(OptionSpec spec, string shown, ReadOnlySpan<string> next, OptionValues values)
    {
        if (spec.Kind == OptionKind.Switch)
        {
            values.Add(spec, "true");
            return 0;
        }

        values.Add(spec, next.IsEmpty ? throw new OptionsException($"flag needs an argument: {shown}") : next[0]);
        return 1;
    }

    private static string Checked(OptionSpec spec, string value)
        => spec.Kind != OptionKind.Switch ? value : value.ToUpperInvariant() switch
        {
            "1" or "T" or "TRUE" => "true",
            "0" or "F" or "FALSE" => "false",
            _ => throw new OptionsException($"invalid argument \"{value}\" for \"--{spec.Flag}\" flag: invalid syntax"),
        };
}
