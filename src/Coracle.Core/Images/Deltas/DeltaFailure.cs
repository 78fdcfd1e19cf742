using Coracle.Delta;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>What went wrong with a delta, as the engine tells it.</summary>
internal static class DeltaFailure
{
    /// <returns>Null for what is no failure of the world: a cancellation, a refusal that is said already, a bug.</returns>
    public static EngineException? Translate(Exception error) => error switch
    {
        LayerDamagedException or InvalidDataException or DeltaFormatException or DeltaVersionException or DeltaBaseException => new(Refusal.Failed, error.Message, error),
        Linux.LinuxException { Errno: Linux.Errno.ENOSPC or Linux.Errno.EDQUOT } full => new(Refusal.Failed, $"{full.Call} {full.Subject}: no space left on device", error),
        Linux.LinuxException => new(Refusal.Failed, error.Message, error),
        _ => LoadFailure.Translate(error),
    };
}
