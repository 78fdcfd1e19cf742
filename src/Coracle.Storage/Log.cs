using Coracle.Oci;
using Microsoft.Extensions.Logging;

namespace Coracle.Storage;

/// <summary>Event ids 2000–2999.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Warning, "data root: {Name} cannot be read ({Problem}); set aside as {Aside}")]
    public static partial void SetAside(ILogger logger, string name, string problem, string aside);

    [LoggerMessage(2001, LogLevel.Information, "data root: {Count} unfinished writes of an earlier run removed")]
    public static partial void LeftoversRemoved(ILogger logger, int count);

    [LoggerMessage(2002, LogLevel.Warning, "data root: {Name} cannot be removed; it stays until the next start")]
    public static partial void RemovalFailed(ILogger logger, string name, Exception error);

    [LoggerMessage(2010, LogLevel.Debug, "layer {DiffId} applied: {Entries} entries, {Bytes} bytes in {Elapsed}")]
    public static partial void LayerApplied(ILogger logger, DiffId diffId, long entries, long bytes, TimeSpan elapsed);

    [LoggerMessage(2011, LogLevel.Warning, "layer {DiffId}: {Count} extended attributes were not set (not supported here, not allowed, or overlayfs's own); the first: {First}")]
    public static partial void XattrsIgnored(ILogger logger, DiffId diffId, int count, string first);

    [LoggerMessage(2012, LogLevel.Debug, "{Count} layers committed")]
    public static partial void LayersCommitted(ILogger logger, int count);

    [LoggerMessage(2013, LogLevel.Information, "layer {DiffId} removed: nothing refers to it")]
    public static partial void LayerCollected(ILogger logger, DiffId diffId);

    [LoggerMessage(2014, LogLevel.Information, "layer from {Key}: what an earlier run left cannot be used ({Problem}); it begins anew")]
    public static partial void ResumeFailed(ILogger logger, Digest key, string problem);

    [LoggerMessage(2020, LogLevel.Warning, "volume {Name}: it has no readable record; its files are kept, its labels are lost")]
    public static partial void VolumeWithoutRecord(ILogger logger, string name);
}
