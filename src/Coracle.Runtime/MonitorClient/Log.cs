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
}
