using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>What went wrong with an archive, as the engine tells it.</summary>
internal static class LoadFailure
{
    /// <returns>Null for what is no failure of the world: a cancellation, a refusal that is said already, a bug.</returns>
    public static EngineException? Translate(Exception error) => error switch
    {
        InvalidTarException or LayerFormatException => new(Refusal.Failed, "Error processing tar file: " + error.Message, error),
        OciFormatException => new(Refusal.Failed, "invalid archive: " + error.Message, error),
        _ => PullFailure.Translate(error),
    };
}
