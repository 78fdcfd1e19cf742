namespace Coracle.Cli;

/// <summary>The option <c>--format</c>, in Docker's words.</summary>
internal static class FormatHelp
{
    private const string Template = "'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template.\n"
        + "Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";

    private const string Start = "Format output using a custom template:\n";

    /// <summary>Of commands that print one object.</summary>
    public static Option One { get; } = Option.Value("format", Start + Template, 'f');

    /// <summary>Of events, which has given the letter away.</summary>
    public static Option Stream { get; } = Option.Value("format", Start + Template);

    /// <summary>Of commands that print a table.</summary>
    public static Option List { get; } = Option.Value("format", Start + "'table':            Print output in table format with column headers (default)\n"
        + "'table TEMPLATE':   Print output in table format using the given Go template\n" + Template);

    public static Option Filter { get; } = FilterOf("Filter output based on conditions provided", 'f');

    public static Option FilterOf(string help, char? letter = null) => Option.List("filter", help, letter) with { Type = "filter" };
}
