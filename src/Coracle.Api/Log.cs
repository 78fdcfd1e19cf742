using Microsoft.Extensions.Logging;

namespace Coracle.Api;

internal static partial class Log // Api: event ids 8000–8099
{
    [LoggerMessage(8000, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(ILogger logger, string method, string path, Exception error);

    [LoggerMessage(8001, LogLevel.Debug, "{Method} {Path} refused: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string method, string path, string reason);
}
