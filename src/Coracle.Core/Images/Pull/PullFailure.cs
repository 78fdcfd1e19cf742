using Coracle.Delta;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>What went wrong with a pull or an import, as the engine tells it.</summary>
internal static class PullFailure
{
    /// <returns>Null for what is no failure of the world: a cancellation, a refusal that is said already, a bug.</returns>
    public static EngineException? Translate(Exception error) => error switch
    {
        RegistryException { Problem: RegistryProblem.NotFound or RegistryProblem.Unauthorized } => new(Refusal.NotFound, error.Message, error),
        RegistryException or OciFormatException or ContentMismatchException => new(Refusal.Failed, error.Message, error),
        LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT } full => new(Refusal.Failed, $"failed to register layer: {full.Call} {full.Subject}: no space left on device", error),
        LayerFormatException or InvalidTarException or RsyncFormatException or RecordTooLargeException or LayerDamagedException or EndOfStreamException or LinuxException => new(Refusal.Failed, "failed to register layer: " + error.Message, error),
        _ => null,
    };
}
