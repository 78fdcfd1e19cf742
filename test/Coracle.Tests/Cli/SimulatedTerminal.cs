namespace Coracle.Tests.Cli;

/// <summary>What a terminal shows of a text with cursor movements: up, down, clear the line, carriage return.</summary>
internal sealed class SimulatedTerminal
{
    private readonly List<string> _lines = [""];
    private int _row;
    private int _column;

    public string[] Lines => [.. _lines.Take(_lines[^1].Length == 0 ? _lines.Count - 1 : _lines.Count)];

    public void Write(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    (_row, _column) = (_row + 1, 0);
                    if (_row == _lines.Count)
                    {
                        _lines.Add("");
                    }

                    break;
                case '\r':
                    _column = 0;
                    break;
                case '\e':
                    int end = text.IndexOfAny(['A', 'B', 'K'], i);
                    Move(text[end], int.Parse(text[(i + 2)..end]));
                    i = end;
                    break;
                default:
                    string line = _lines[_row].PadRight(_column);
                    _lines[_row] = line[.._column] + text[i] + (line.Length > _column ? line[(_column + 1)..] : "");
                    _column++;
                    break;
            }
        }
    }

    private void Move(char order, int count)
    {
        Assert.True(order != 'A' || count <= _row, "above the top");
        Assert.True(order != 'B' || _row + count < _lines.Count, "below the bottom");
        _row += order == 'A' ? -count : order == 'B' ? count : 0;
        _lines[_row] = order == 'K' ? "" : _lines[_row];
    }
}
