using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A layer did not come about by its delta, which is no failure of the pull. The message says why.</summary>
/// <param name="suspect">The base layer that may be to blame; null where none is.</param>
internal sealed class DeltaFailedException(FallbackReason reason, string message, Exception inner, DiffId? suspect = null) : IOException(message, inner)
{
    public FallbackReason Reason => reason;

    public DiffId? Suspect => suspect;
}
