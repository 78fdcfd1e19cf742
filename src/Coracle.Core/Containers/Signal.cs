using System.Globalization;

namespace Coracle.Core;

/// <summary>A signal by number; parsed from what clients send (<c>SIGTERM</c>, <c>term</c>, <c>15</c>).</summary>
public readonly record struct Signal(int Number)
{
    public static Signal Kill { get; } = new(9);

    public static Signal Term { get; } = new(15);

    private const int Highest = 64;

    // Linux's numbers on every architecture this engine ships for (mips, sparc and alpha differ).
    private static readonly string[] _names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private const int FirstRealTime = 34;

    /// <exception cref="EngineException">No such signal.</exception>
    public static Signal Parse(string text)
        => TryParse(text, out Signal signal) ? signal : throw new EngineException(Refusal.InvalidArgument, "invalid signal: " + text);

    public static bool TryParse(string text, out Signal signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            signal = new Signal(number);
            return number is > 0 and <= Highest;
        }

        string name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        number = NumberOf(name.ToUpperInvariant());
        signal = new Signal(number);
        return number > 0;
    }

    private static int NumberOf(string name)
    {
        if (name is "CLD")
        {
            return 17;
        }

        if (name is "POLL")
        {
            return 29;
        }

        if (name.StartsWith("RTMIN", StringComparison.Ordinal))
        {
            return RealTime(name.AsSpan(5), '+', FirstRealTime);
        }

        if (name.StartsWith("RTMAX", StringComparison.Ordinal))
        {
            return RealTime(name.AsSpan(5), '-', Highest);
        }

        return name.Length == 0 ? -1 : Array.IndexOf(_names, name);
    }

    private static int RealTime(ReadOnlySpan<char> offset, char sign, int from)
    {
        if (offset.IsEmpty)
        {
            return from;
        }

        if (offset[0] != sign || !int.TryParse(offset[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int distance))
        {
            return -1;
        }

        int number = sign == '+' ? from + distance : from - distance;
        return number is >= FirstRealTime and <= Highest ? number : -1;
    }
}
