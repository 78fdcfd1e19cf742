using System.Text;

namespace Coracle.Cli;

/// <summary>Columns as Docker prints them: at least ten characters wide, three between, the last one as it is.</summary>
internal sealed class Table(params string[] headers)
{
    private const int LeastWidth = 10;
    private const int Gap = 3;

    private readonly List<string[]> _rows = [headers];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        StringBuilder text = new();
        int[] widths = new int[headers.Length];
        for (int column = 0; column < headers.Length; column++)
        {
            widths[column] = Math.Max(LeastWidth, _rows.Max(r => r[column].Length) + Gap);
        }

        foreach (string[] row in _rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                text.Append(column == row.Length - 1 ? row[column] : row[column].PadRight(widths[column]));
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
