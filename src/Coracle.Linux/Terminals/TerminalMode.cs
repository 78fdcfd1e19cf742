namespace Coracle.Linux;

/// <summary>How a terminal was set before it was made raw.</summary>
public sealed class TerminalMode
{
    private readonly int _descriptor;
    private readonly termios _settings;

    internal TerminalMode(int descriptor, termios settings)
    {
        _descriptor = descriptor;
        _settings = settings;
    }

    /// <summary>Puts it back, from any thread and as often as one likes. A terminal that is gone by now needs nothing.</summary>
    public unsafe void Restore()
    {
        termios settings = _settings;
        _ = LibC.tcsetattr(_descriptor, Abi.TCSADRAIN, &settings);
    }
}
