namespace Coracle.Linux;

/// <summary>The names that <c>--ulimit</c> takes, as numbers of this architecture.</summary>
public static class ResourceLimitNames
{
    /// <returns>The RLIMIT_* number, or null when there is no such limit.</returns>
    public static int? NumberOf(string name) => name switch
    {
        "as" => Abi.RLIMIT_AS,
        "core" => Abi.RLIMIT_CORE,
        "cpu" => Abi.RLIMIT_CPU,
        "data" => Abi.RLIMIT_DATA,
        "fsize" => Abi.RLIMIT_FSIZE,
        "locks" => Abi.RLIMIT_LOCKS,
        "memlock" => Abi.RLIMIT_MEMLOCK,
        "msgqueue" => Abi.RLIMIT_MSGQUEUE,
        "nice" => Abi.RLIMIT_NICE,
        "nofile" => Abi.RLIMIT_NOFILE,
        "nproc" => Abi.RLIMIT_NPROC,
        "rss" => Abi.RLIMIT_RSS,
        "rtprio" => Abi.RLIMIT_RTPRIO,
        "rttime" => Abi.RLIMIT_RTTIME,
        "sigpending" => Abi.RLIMIT_SIGPENDING,
        "stack" => Abi.RLIMIT_STACK,
        _ => null,
    };
}
