using Coracle.Oci;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

internal static partial class Log // Core, deltas made here: event ids 5130–5139
{
    [LoggerMessage(5130, LogLevel.Information, "layer {Layer} made as {MediaType}: {Bytes} bytes for a tar of {TarBytes}")]
    public static partial void DeltaMade(ILogger logger, DiffId layer, string mediaType, long bytes, long tarBytes);

    [LoggerMessage(5131, LogLevel.Information, "deltas of {Image} published as {Digest}: {Summary}")]
    public static partial void DeltasPublished(ILogger logger, string image, Digest digest, string summary);
}
