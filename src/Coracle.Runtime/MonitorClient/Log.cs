using Microsoft.Extensions.Logging;

namespace Coracle.Runtime;

/// <summary>Runtime: event ids 4000–4999.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Debug, "monitor of {ContainerId} started as {Pid}, protocol {Version}")]
    public static partial void MonitorStarted(ILogger logger, string containerId, int pid, int version);

    [LoggerMessage(4001, LogLevel.Information, "{ContainerId} is running since an earlier engine, its first process is {Pid}, protocol {Version}")]
    public static partial void MonitorFound(ILogger logger, string containerId, int pid, int version);

#if MONITOR_PROTOCOL_NEXT
    [LoggerMessage(4003, LogLevel.Information, "the monitor of {ContainerId} says that it is {Text}")]
    public static partial void MonitorDescribed(ILogger logger, string containerId, string text);
#endif

    [LoggerMessage(4002, LogLevel.Information, "{ContainerId} ended while no engine ran: exit code {ExitCode}, monitor lost: {MonitorLost}")]
    public static partial void MonitorGone(ILogger logger, string containerId, int exitCode, bool monitorLost);

    [LoggerMessage(4010, LogLevel.Debug, "keeper started, protocol {Version}")]
    public static partial void KeeperStarted(ILogger logger, int version);

    [LoggerMessage(4011, LogLevel.Information, "found the keeper of an earlier engine, protocol {Version}, with {Containers} containers")]
    public static partial void KeeperFound(ILogger logger, int version, int containers);

    [LoggerMessage(4012, LogLevel.Warning, "the keeper was lost: another one gets what it held")]
    public static partial void KeeperLost(ILogger logger);

    [LoggerMessage(4013, LogLevel.Error, "the keeper could not be replaced: ports are free to be taken, and names do not resolve")]
    public static partial void KeeperNotReplaced(ILogger logger, Exception failure);

    [LoggerMessage(4014, LogLevel.Warning, "port {Port} of {ContainerId} was taken by somebody else while there was no keeper")]
    public static partial void PortTaken(ILogger logger, string containerId, int port, Exception failure);

    [LoggerMessage(4015, LogLevel.Warning, "the keeper does not keep {Name} for the next engine")]
    public static partial void NotKept(ILogger logger, string name, Exception failure);
}
