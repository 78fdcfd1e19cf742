using Microsoft.Extensions.Logging;

namespace Coracle.Http;

internal static partial class Log // Http: event ids 7000–7099
{
    [LoggerMessage(7000, LogLevel.Error, "the handler of {Method} {Path} failed")]
    public static partial void HandlerFailed(ILogger logger, string method, string path, Exception error);

    [LoggerMessage(7001, LogLevel.Error, "a client could not be accepted")]
    public static partial void AcceptFailed(ILogger logger, Exception error);

    [LoggerMessage(7002, LogLevel.Warning, "all {Places} places for connections are taken: the longest idle ones are closed for new ones")]
    public static partial void Crowded(ILogger logger, int places);
}
