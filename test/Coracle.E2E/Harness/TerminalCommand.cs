namespace Coracle.E2E;

/// <summary>A program on a terminal of its own (script(1)), typed at and read as a person does.</summary>
internal static class TerminalCommand
{
    public const int Rows = 30;
    public const int Columns = 100;

    /// <summary>Standard output is what the terminal shows; the exit code is the program's, 128 + n when a signal ended it.</summary>
    /// <param name="before">Shell commands on the same terminal, before the program.</param>
    /// <param name="after">After it; <c>$code</c> is its exit code.</param>
    public static Command Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string before = ":", string after = ":")
    {
        string line = string.Join(' ', arguments.Prepend(program).Select(Quoted));
        string script = $"stty rows {Rows} cols {Columns}; {before}; {line}; code=$?; {after}; exit $code";
        return Command.Start(Machine.Find("bsdutils", "/usr/bin/script"), ["-qefc", script, "/dev/null"], environment);
    }

    private static string Quoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
