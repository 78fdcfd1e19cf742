using System.Text;
using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>
/// A block of lines at the foot of a terminal, one for each layer, drawn over as they go on. The cursor always stands below the
/// block; no line is ever as wide as the terminal, since one that wraps would be two.
/// </summary>
internal sealed class ProgressScreen(TimeProvider time)
{
    /// <summary>Between two drawings of a line that says nothing new but a number: a serial console has 11 kB a second.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    private readonly List<ProgressLine> _lines = [];

    /// <summary>Of the terminal; tests set it.</summary>
    public Func<TerminalSize> Size { get; init; } = () => Terminal.SizeOf(Terminal.StandardOutput) ?? new TerminalSize(24, 80);

    /// <returns>What to write, with the movements of the cursor; empty where nothing is worth it.</returns>
    public string Draw(ProgressMessage message)
    {
        if (message.Id is null || !message.IsOfLine)
        {
            // Plain text ends the block: what comes later is drawn below it.
            _lines.Clear();
            return message.Line;
        }

        TerminalSize size = Size();
        long now = time.GetTimestamp();
        int at = _lines.FindIndex(l => l.Id == message.Id);
        if (at < 0)
        {
            ProgressLine added = new(message.Id);
            _lines.Add(added);
            return added.Draw(message, now, time, size.Columns) + "\n";
        }

        int up = _lines.Count - at;
        ProgressLine line = _lines[at];
        bool isDue = line.Status != message.Status || time.GetElapsedTime(line.DrawnAt, now) >= _interval;
        // A line that has left the screen at its top cannot be reached.
        return !isDue || up >= Math.Max(2, size.Rows)
            ? ""
            : new StringBuilder().Append($"\e[{up}A\r\e[2K").Append(line.Draw(message, now, time, size.Columns)).Append($"\r\e[{up}B").ToString();
    }
}
