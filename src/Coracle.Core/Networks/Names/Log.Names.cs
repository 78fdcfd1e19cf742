using Microsoft.Extensions.Logging;

namespace Coracle.Core;

internal static partial class Log // Core, names and ports at the keeper: event ids 5250–5269
{
    [LoggerMessage(5250, LogLevel.Error, "network {NetworkId}: its containers' names could not be told to the keeper, which goes on with those it has")]
    public static partial void NamesNotPushed(ILogger logger, string networkId, Exception failure);

    [LoggerMessage(5251, LogLevel.Error, "the keeper cannot be asked what it holds: names and ports of running containers stay as they are")]
    public static partial void KeeperNotAsked(ILogger logger, Exception failure);

    [LoggerMessage(5252, LogLevel.Error, "container {ContainerId}: names do not resolve in it any more")]
    public static partial void NamesNotServed(ILogger logger, string containerId, Exception failure);

    [LoggerMessage(5253, LogLevel.Warning, "container {ContainerId}: {Port} is published, but cannot be held ({Error})")]
    public static partial void PortNotHeld(ILogger logger, string containerId, string port, Linux.Errno error);

    [LoggerMessage(5254, LogLevel.Warning, "container {ContainerId}: what the keeper holds for it could not be released")]
    public static partial void NotReleased(ILogger logger, string containerId, Exception failure);
}
