namespace Coracle.Cli;

/// <summary>The line of one layer: what is done to it, a bar, how much of how much, how fast, and how long it will take.</summary>
internal sealed class ProgressLine(string id)
{
    private const int MostBar = 50;
    private const int LeastBar = 10;

    private long _since;
    private long _sinceBytes;

    public string Id => id;

    public string Status { get; private set; } = "";

    /// <summary>A timestamp of the time provider.</summary>
    public long DrawnAt { get; private set; }

    /// <param name="columns">Of the terminal; the line is shorter.</param>
    public string Draw(ProgressMessage message, long now, TimeProvider time, int columns)
    {
        if (message.Status != Status)
        {
            (Status, _since, _sinceBytes) = (message.Status, now, message.Current);
        }

        DrawnAt = now;
        string text = $"{id}: {Status}";
        int room = Math.Max(0, columns - 1);
        if (message.HasBar)
        {
            string amounts = Amounts(message, time.GetElapsedTime(_since, now));
            int bar = Math.Min(MostBar, room - text.Length - amounts.Length - 4);
            text += bar >= LeastBar && message.Total > 0 ? $" {Bar(message, bar)} {amounts}" : " " + amounts;
        }

        return text.Length > room ? text[..room] : text;
    }

    private static string Bar(ProgressMessage message, int width)
    {
        int filled = (int)(width * Math.Clamp((double)message.Current / message.Total, 0, 1));
        return "[" + new string('=', filled) + (filled < width ? ">" + new string(' ', width - filled - 1) : "") + "]";
    }

    private string Amounts(ProgressMessage message, TimeSpan elapsed)
    {
        string amounts = message.Total > 0 && message.Current <= message.Total
            ? $"{HumanSize.Decimal(message.Current)}/{HumanSize.Decimal(message.Total)}"
            : HumanSize.Decimal(message.Current);
        long moved = message.Current - _sinceBytes;
        if (moved <= 0 || elapsed < TimeSpan.FromSeconds(1))
        {
            return amounts;
        }

        double rate = moved / elapsed.TotalSeconds;
        long left = message.Total - message.Current;
        return $"{amounts} {HumanSize.Decimal(rate, 3)}/s" + (left > 0 ? $" {Left(left / rate)}" : "");
    }

    private static string Left(double seconds) => seconds switch
    {
        < 60 => $"{(int)Math.Ceiling(seconds)}s",
        < 3600 => $"{(int)seconds / 60}m{(int)seconds % 60:d2}s",
        _ => $"{(int)Math.Min(seconds / 3600, 999)}h{(int)seconds / 60 % 60:d2}m",
    };
}
