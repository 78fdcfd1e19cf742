using Coracle.Oci;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

internal static partial class Log // Core, images: event ids 5100–5199
{
    [LoggerMessage(5100, LogLevel.Information, "image {Image} pulled: {Id}, {Layers} layers")]
    public static partial void ImagePulled(ILogger logger, string image, Digest id, int layers);

    [LoggerMessage(5101, LogLevel.Information, "image {Id} deleted, {Layers} layers with it")]
    public static partial void ImageDeleted(ILogger logger, Digest id, int layers);

    [LoggerMessage(5102, LogLevel.Information, "image {Id} imported as {Name}")]
    public static partial void ImageImported(ILogger logger, Digest id, string name);

    [LoggerMessage(5103, LogLevel.Information, "image {Id} loaded with {Names} names")]
    public static partial void ImageLoaded(ILogger logger, Digest id, int names);

    [LoggerMessage(5104, LogLevel.Information, "{Images} images pruned, {Bytes} bytes with them")]
    public static partial void ImagesPruned(ILogger logger, int images, long bytes);

    [LoggerMessage(5106, LogLevel.Information, "delta {Id} created, from {Base} to {Target}")]
    public static partial void DeltaCreated(ILogger logger, Digest id, Digest @base, Digest target);

    [LoggerMessage(5105, LogLevel.Warning, "mirror {Mirror} failed, the next is asked: {Reason}")]
    public static partial void MirrorFailed(ILogger logger, Uri mirror, string reason);
}
