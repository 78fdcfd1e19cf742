namespace Coracle.Linux;

// A person's terminal.
internal static partial class Abi
{
    // termios.h
    internal const int TCSADRAIN = 1;

    // sys/ioctl.h
    internal const int TIOCGWINSZ = 0x5413;
}
