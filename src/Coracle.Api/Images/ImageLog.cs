using Microsoft.Extensions.Logging;

namespace Coracle.Api;

internal static partial class Log // Api, images: event ids 8010–8019
{
    [LoggerMessage(8010, LogLevel.Error, "a request failed after its answer had begun")]
    public static partial void ProgressFailed(ILogger logger, Exception error);
}
