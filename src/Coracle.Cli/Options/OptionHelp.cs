using System.Text;

namespace Coracle.Cli;

/// <summary>A table of options as pflag lays it out: names to the left, their help wrapped in a column of its own.</summary>
internal static class OptionHelp
{
    /// <summary>A last line may be this much longer than the others, so that no short word stands alone.</summary>
    private const int Slack = 5;

    /// <summary>Where fewer columns are left, the help begins on a line of its own.</summary>
    private const int LeastWidth = 24;
    private const int OwnLineIndent = 16;
    private const int Gap = 3;

    /// <param name="width">Of the terminal.</param>
    public static void Append(StringBuilder text, IReadOnlyList<Option> options, int width)
    {
        List<Option> shown = [.. options.Where(o => !o.IsHidden).OrderBy(o => o.Name, StringComparer.Ordinal)];
        int column = shown.Max(o => Name(o).Length) + Gap;
        foreach (Option option in shown)
        {
            text.Append(Name(option).PadRight(column));
            AppendWrapped(text, option.Help, column, width - 1);
            text.Append('\n');
        }
    }

    private static string Name(Option option)
        => (option.Short is char letter ? $"  -{letter}, --" : "      --") + option.Name + (option.Type.Length > 0 ? " " + option.Type : "");

    private static void AppendWrapped(StringBuilder text, string help, int column, int width)
    {
        if (width - column < LeastWidth)
        {
            column = OwnLineIndent;
            text.Append('\n').Append(' ', column);
        }

        int room = Math.Max(width - column, LeastWidth) - Slack;
        string rest = help;
        while (true)
        {
            int end = rest.Length < room + Slack && !rest.Contains('\n', StringComparison.Ordinal) ? -1 : BreakOf(rest, room);
            text.Append(end < 0 ? rest : rest[..end]);
            if (end < 0)
            {
                return;
            }

            rest = rest[(end + 1)..];
            text.Append('\n').Append(' ', column);
        }
    }

    /// <returns>Where the first line ends; -1 where it cannot be broken.</returns>
    private static int BreakOf(string text, int room)
    {
        int line = text.IndexOf('\n', StringComparison.Ordinal);
        if (line >= 0 && line < room)
        {
            return line;
        }

        int space = text.Length > room ? text.LastIndexOf(' ', room - 1) : -1;
        return space > 0 ? space : line;
    }
}
