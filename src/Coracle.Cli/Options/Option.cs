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
/// <param name="Type">The word for its value in the help text: <c>string</c>, <c>list</c>, <c>int</c>, <c>bytes</c>. It decides how a value is checked.</param>
internal sealed record Option(string Name, char? Short, OptionKind Kind, string Help, string Type = "string")
{
    /// <summary>Understood, but not in the help text.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The name it has now, where it had another: given by the old one, it is kept by the new one.</summary>
    public string? NewName { get; init; }

    /// <summary>Whether its user is told of the new name.</summary>
    public bool IsDeprecated { get; init; }

    /// <summary>As the complaints call it: <c>-m, --memory</c>.</summary>
    public string Spelling => Short is char letter ? $"-{letter}, --{Name}" : "--" + Name;

    public static Option Flag(string name, string help, char? letter = null) => new(name, letter, OptionKind.Flag, help, "");

    public static Option Value(string name, string help, char? letter = null, string type = "string") => new(name, letter, OptionKind.Value, help, type);

    public static Option List(string name, string help, char? letter = null, string type = "list") => new(name, letter, OptionKind.List, help, type);

    /// <summary>An old name of an option, no longer in the help text.</summary>
    public static Option Old(string name, Option now, bool isDeprecated = false)
        => now with { Name = name, Short = null, IsHidden = true, NewName = now.Name, IsDeprecated = isDeprecated };
}
