namespace Coracle.Linux;

/// <summary>The kernel's clocks as plain numbers, for the monitor: log lines carry nanoseconds, a DateTime only hundreds of them.</summary>
public static unsafe class Clock
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerMillisecond = 1_000_000;

    /// <summary>Since 1970-01-01 UTC.</summary>
    public static long UnixNanoseconds() => Read(Abi.CLOCK_REALTIME);

    /// <summary>Since some moment of the past; never set back. For deadlines.</summary>
    public static long MonotonicMilliseconds() => Read(Abi.CLOCK_MONOTONIC) / NanosecondsPerMillisecond;

    private static long Read(int clock)
    {
        timespec now;
        return LibC.clock_gettime(clock, &now) == 0
            ? (now.tv_sec * NanosecondsPerSecond) + now.tv_nsec
            : throw LinuxException.FromLastError("clock_gettime", "");
    }
}
