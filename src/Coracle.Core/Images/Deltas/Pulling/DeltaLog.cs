using Coracle.Oci;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

internal static partial class Log // Core, deltas in a pull: event ids 5120–5129
{
    [LoggerMessage(5120, LogLevel.Warning, "layer {Layer} of {Image}: delta {Delta} is not used ({Reason}): {Why}")]
    public static partial void DeltaFellBack(ILogger logger, DiffId layer, string image, Digest delta, string reason, string why);

    [LoggerMessage(5121, LogLevel.Warning, "no deltas for {Image}: {Why}")]
    public static partial void DeltaSearchFailed(ILogger logger, string image, string why);

    [LoggerMessage(5122, LogLevel.Information, "layer {Layer} of {Image} by delta: {Bytes} bytes instead of {FullBytes}")]
    public static partial void DeltaApplied(ILogger logger, DiffId layer, string image, long bytes, long fullBytes);

    [LoggerMessage(5123, LogLevel.Warning, "layer {Layer} is damaged: {Why}")]
    public static partial void BaseDamaged(ILogger logger, DiffId layer, string why);
}
