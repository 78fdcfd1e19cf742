namespace Coracle.Cli;

internal enum OptionKind
{
    /// <summary>Present or not; <c>--rm=false</c> is not.</summary>
    Flag,

    /// <summary>The last one counts.</summary>
    Value,

    /// <summary>May be given again and again.</summary>
    List,
}

/// <summary>One option of one command.</summary>
/// <param name="Short">One letter, or none.</param>
/// <param name="Type">The word for its value in the help text: <c>string</c>, <c>list</c>, <c>int</c>, <c>bytes</c>.</param>
internal sealed record Option(string Name, char? Short, OptionKind Kind, string Help, string Type = "string")
{
    public static Option Flag(string name, string help, char? letter = null) => new(name, letter, OptionKind.Flag, help, "");

    public static Option Value(string name, string help, char? letter = null, string type = "string") => new(name, letter, OptionKind.Value, help, type);

    public static Option List(string name, string help, char? letter = null) => new(name, letter, OptionKind.List, help, "list");
}
