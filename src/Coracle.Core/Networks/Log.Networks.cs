using Microsoft.Extensions.Logging;

namespace Coracle.Core;

internal static partial class Log // Core, networks: event ids 5200–5299
{
    [LoggerMessage(5200, LogLevel.Error, "network record {Name} cannot be read ({Problem}); set aside")]
    public static partial void NetworkRecordSetAside(ILogger logger, string name, string problem);

    [LoggerMessage(5201, LogLevel.Error, "network {Name}: its host side cannot be made; containers on it will not start")]
    public static partial void NetworkNotMade(ILogger logger, string name, Exception error);

    [LoggerMessage(5202, LogLevel.Error, "network {Name}: its subnet {Subnet} overlaps that of another network")]
    public static partial void NetworkOverlaps(ILogger logger, string name, string subnet);

    [LoggerMessage(5203, LogLevel.Warning, "network {Name}: address {Address} of container {ContainerId} cannot be kept for it")]
    public static partial void AddressNotKept(ILogger logger, string name, string address, string containerId);

    [LoggerMessage(5204, LogLevel.Error, "network {Name}: what was made of it for a request that failed cannot be taken away")]
    public static partial void NetworkUndoFailed(ILogger logger, string name, Exception error);

    [LoggerMessage(5205, LogLevel.Warning, "networks: {Text}")]
    public static partial void HostNetworkWarning(ILogger logger, string text);

    [LoggerMessage(5206, LogLevel.Error, "container {ContainerId}: it cannot be taken off its networks whole")]
    public static partial void NetworksNotLeft(ILogger logger, string containerId, Exception error);

    [LoggerMessage(5207, LogLevel.Error, "networks of earlier containers cannot be found again as they were")]
    public static partial void NetworksNotRecovered(ILogger logger, Exception error);

    [LoggerMessage(5208, LogLevel.Warning, "firewall: another program ({Program}) took rules of ours away; they are there again")]
    public static partial void RulesRestored(ILogger logger, string program);

    [LoggerMessage(5209, LogLevel.Error, "firewall: rules of ours that another program took away cannot be made again")]
    public static partial void RulesNotRestored(ILogger logger, Exception error);

    [LoggerMessage(5210, LogLevel.Warning, "firewall: this kernel does not tell of changes; rules that others take away are made again at the next change of ours")]
    public static partial void RulesNotWatched(ILogger logger, Exception error);

    [LoggerMessage(5211, LogLevel.Warning, "container {ContainerId}: its default route, which went with a link that a killed engine left, cannot be set again")]
    public static partial void WayOutNotRestored(ILogger logger, string containerId, Exception error);
}
