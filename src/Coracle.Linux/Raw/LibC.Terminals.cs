using System.Runtime.InteropServices;

namespace Coracle.Linux;

// A person's terminal.
internal static unsafe partial class LibC
{
    [LibraryImport(Name, SetLastError = true)]
    internal static partial int isatty(int fd);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int tcgetattr(int fd, termios* settings);

    [LibraryImport(Name, SetLastError = true)]
    internal static partial int tcsetattr(int fd, int when, termios* settings);

    [LibraryImport(Name)]
    internal static partial void cfmakeraw(termios* settings);
}
