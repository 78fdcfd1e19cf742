using Microsoft.Extensions.Logging;

namespace Coracle;

internal static partial class Log // Coracle: event ids 9000–9099
{
    [LoggerMessage(9000, LogLevel.Information, "coracle {Version} ready: data root {DataRoot}, listening on {Addresses}")]
    public static partial void Ready(ILogger logger, string version, string dataRoot, string addresses);

    [LoggerMessage(9001, LogLevel.Information, "stopping: containers go on running")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(9002, LogLevel.Warning, "{Warning}")]
    public static partial void Warning(ILogger logger, string warning);

    [LoggerMessage(9003, LogLevel.Warning, "listening on tcp {Address} without TLS: whoever reaches it is root here")]
    public static partial void ListensWithoutTls(ILogger logger, string address);

    [LoggerMessage(9004, LogLevel.Debug, "there is no group {Group}: {Path} is for root alone")]
    public static partial void NoSuchGroup(ILogger logger, string group, string path);

    [LoggerMessage(9006, LogLevel.Information, "the processes of this cgroup were moved to its child init, so that containers can have limits")]
    public static partial void CgroupVacated(ILogger logger);

    [LoggerMessage(9007, LogLevel.Warning, "the keeper cannot be asked for listeners: clients will have to connect again after a restart")]
    public static partial void ListenerNotKept(ILogger logger, Exception failure);

    [LoggerMessage(9005, LogLevel.Error, "containers could not be found again; the engine goes on without them")]
    public static partial void RecoveryFailed(ILogger logger, Exception error);
}
