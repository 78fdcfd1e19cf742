using System.Text;

namespace Coracle.Cli;

/// <summary>
/// Go's text/tabwriter as Docker sets it: a tab ends a cell, a column is the cells above each other without a gap between them,
/// at least ten characters wide and three wider than its widest cell; what follows the last tab is as it is.
/// </summary>
internal static class Table
{
    private const int Gap = 3;

    /// <param name="text">Lines of cells that end with tabs.</param>
    public static string Align(string text, int leastWidth = 10, int gap = Gap)
    {
        List<string[]> lines = [.. text.Split('\n').Select(line => line.Split('\t'))];
        List<int[]> widths = [.. lines.Select(cells => new int[cells.Length - 1])];
        for (int column = 0; column < widths.Max(w => w.Length); column++)
        {
            Measure(lines, widths, column, leastWidth, gap);
        }

        StringBuilder aligned = new();
        for (int i = 0; i < lines.Count; i++)
        {
            for (int column = 0; column < widths[i].Length; column++)
            {
                aligned.Append(lines[i][column]).Append(' ', widths[i][column] - TextWidth.Of(lines[i][column]));
            }

            aligned.Append(lines[i][^1]).Append(i < lines.Count - 1 ? "\n" : "");
        }

        return aligned.ToString();
    }

    private static void Measure(List<string[]> lines, List<int[]> widths, int column, int leastWidth, int gap)
    {
        int start = 0;
        while (start < lines.Count)
        {
            int end = start;
            int width = leastWidth;
            while (end < lines.Count && widths[end].Length > column)
            {
                width = Math.Max(width, TextWidth.Of(lines[end][column]) + gap);
                end++;
            }

            for (int i = start; i < end; i++)
            {
                widths[i][column] = width;
            }

            start = end + 1;
        }
    }
}
