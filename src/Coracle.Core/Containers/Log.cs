using Microsoft.Extensions.Logging;

namespace Coracle.Core;

internal static partial class Log // Core, containers: event ids 5000–5099
{
    [LoggerMessage(5000, LogLevel.Error, "container {ContainerId}: its record cannot be read and was set aside")]
    public static partial void ContainerRecordSetAside(ILogger logger, string containerId, Exception error);

    [LoggerMessage(5001, LogLevel.Error, "container {ContainerId}: work beside its loop failed")]
    public static partial void ContainerWorkFailed(ILogger logger, string containerId, Exception error);

    [LoggerMessage(5002, LogLevel.Information, "container {ContainerId} ({Name}): found {Status}")]
    public static partial void ContainerFound(ILogger logger, string containerId, string name, string status);

    [LoggerMessage(5005, LogLevel.Warning, "container {ContainerId}: its life cannot be kept for, or read from, an earlier engine of this boot")]
    public static partial void ContainerNotNoted(ILogger logger, string containerId, Exception error);

    [LoggerMessage(5006, LogLevel.Warning, "container {ContainerId}: its monitor does not answer; it is asked again until it does")]
    public static partial void ContainerSilent(ILogger logger, string containerId);

    [LoggerMessage(5003, LogLevel.Error, "container {ContainerId}: its monitor could not be asked")]
    public static partial void ContainerUnreachable(ILogger logger, string containerId, Exception error);
}
