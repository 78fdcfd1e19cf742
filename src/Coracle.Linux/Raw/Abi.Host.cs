namespace Coracle.Linux;

// sys/resource.h (the same on the three ports; not everywhere), unistd.h, sys/mman.h
internal static partial class Abi
{
    internal const int RLIMIT_CPU = 0;
    internal const int RLIMIT_FSIZE = 1;
    internal const int RLIMIT_DATA = 2;
    internal const int RLIMIT_STACK = 3;
    internal const int RLIMIT_CORE = 4;
    internal const int RLIMIT_RSS = 5;
    internal const int RLIMIT_NPROC = 6;
    internal const int RLIMIT_NOFILE = 7;
    internal const int RLIMIT_MEMLOCK = 8;
    internal const int RLIMIT_AS = 9;
    internal const int RLIMIT_LOCKS = 10;
    internal const int RLIMIT_SIGPENDING = 11;
    internal const int RLIMIT_MSGQUEUE = 12;
    internal const int RLIMIT_NICE = 13;
    internal const int RLIMIT_RTPRIO = 14;
    internal const int RLIMIT_RTTIME = 15;

    internal const int _SC_PAGESIZE = 30;
    internal const int _SC_PHYS_PAGES = 85;

    internal const int MADV_DONTNEED = 4;
}
