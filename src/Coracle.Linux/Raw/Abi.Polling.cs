namespace Coracle.Linux;

// What a monitor's poll loop, its sockets and its start need.
internal static partial class Abi
{
    // poll.h
    internal const int POLLIN = 1;
    internal const int POLLOUT = 4;
    internal const int POLLERR = 8;
    internal const int POLLHUP = 0x10;

    // sys/socket.h, bits/socket.h
    internal const int SO_SNDBUF = 7;

    // sys/wait.h
    internal const int WNOHANG = 1;
    internal const int __WALL = 0x40000000;

    // sys/prctl.h
    internal const int PR_SET_CHILD_SUBREAPER = 36;

    // sys/ioctl.h
    internal const int TIOCSWINSZ = 0x5414;

    // linux/close_range.h
    internal const int CLOSE_RANGE_CLOEXEC = 4;

    // sys/signalfd.h
    internal const int SFD_CLOEXEC = 0x80000;
    internal const int SFD_NONBLOCK = 0x800;

    // time.h
    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_MONOTONIC = 1;

    // linux/memfd.h
    internal const int MFD_CLOEXEC = 1;
    internal const int MFD_ALLOW_SEALING = 2;
    internal const int MFD_EXEC = 0x10;

    // spawn.h
    internal const int POSIX_SPAWN_SETSIGDEF = 4;
    internal const int POSIX_SPAWN_SETSIGMASK = 8;
    internal const int POSIX_SPAWN_SETSID = 0x80;
}
