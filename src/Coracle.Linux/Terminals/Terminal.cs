namespace Coracle.Linux;

/// <summary>The terminal that a person sits at, by the descriptors a process is born with.</summary>
public static unsafe class Terminal
{
    public const int StandardInput = 0;
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    public static bool IsTerminal(int descriptor) => LibC.isatty(descriptor) == 1;

    /// <returns>Null where the descriptor is no terminal.</returns>
    public static TerminalSize? SizeOf(int descriptor)
    {
        winsize size;
        return LibC.ioctl(descriptor, Abi.TIOCGWINSZ, &size) == 0 ? new TerminalSize(size.ws_row, size.ws_col) : null;
    }

    /// <summary>Every byte comes and goes as it is: no echo, no line editing, no signals from keys.</summary>
    /// <returns>How it was before: whoever takes this must put it back, whatever happens.</returns>
    /// <exception cref="LinuxException">No terminal.</exception>
    public static TerminalMode MakeRaw(int descriptor)
    {
        termios before;
        if (LibC.tcgetattr(descriptor, &before) != 0)
        {
            throw LinuxException.FromLastError("tcgetattr", "terminal");
        }

        termios raw = before;
        LibC.cfmakeraw(&raw);
        return LibC.tcsetattr(descriptor, Abi.TCSADRAIN, &raw) == 0
            ? new TerminalMode(descriptor, before)
            : throw LinuxException.FromLastError("tcsetattr", "terminal");
    }
}
