using System.Text;

namespace Coracle.Cli;

/// <summary>
/// Options written as their help text stands: what is printed is what is parsed, and a hundred options cost their letters in
/// the file, not code that builds them.
/// </summary>
internal static class OptionTable
{
    private const string Gap = "  ";

    /// <param name="table">
    /// One option a line: <c>-m, --memory bytes  Memory limit</c>. The word after the name is its type; none makes a flag. Two spaces
    /// begin the help, in which <c>\n</c> is a line end; without help the option is hidden.
    /// </param>
    public static IReadOnlyList<Option> Parse(ReadOnlySpan<byte> table)
    {
        string[] lines = Encoding.UTF8.GetString(table).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.ConvertAll(lines, Line);
    }

    private static Option Line(string line)
    {
        char? letter = line[1] == '-' ? null : line[1];
        int start = line.IndexOf("--", StringComparison.Ordinal) + 2;
        int gap = line.IndexOf(Gap, start, StringComparison.Ordinal);
        string[] words = line[start..(gap < 0 ? line.Length : gap)].Split(' ');
        string type = words.Length > 1 ? words[1] : "";
        string help = gap < 0 ? "" : line[gap..].TrimStart().Replace("\\n", "\n", StringComparison.Ordinal);
        return new Option(words[0], letter, KindOf(type), help, type) { IsHidden = gap < 0 };
    }

    private static OptionKind KindOf(string type) => type switch
    {
        "" => OptionKind.Flag,
        "list" or "strings" or "map" or "mount" or "network" or "ulimit" or "filter" or "gpu-request" => OptionKind.List,
        _ => OptionKind.Value,
    };
}
