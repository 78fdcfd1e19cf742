namespace Coracle.Core;

/// <summary>Which image is to be made out of which others.</summary>
/// <param name="sources">Images that the device has, one or more; each a name, an id or a unique prefix of one.</param>
/// <param name="target">The image it is to get.</param>
/// <param name="memoryBytes">What matching may take; null for <see cref="DefaultMemoryBytes"/>.</param>
public sealed class DeltaRequest(IReadOnlyList<string> sources, string target, long? memoryBytes = null)
{
    /// <summary>Enough for a pool of some 40 MB that changed; a larger one is matched in parts.</summary>
    public const long DefaultMemoryBytes = 256_000_000;

    /// <summary>Below this the matcher's own tables do not fit.</summary>
    public const long MinMemoryBytes = 16_000_000;

    public IReadOnlyList<string> Sources => sources;

    public string Target => target;

    public long MemoryBytes => memoryBytes ?? DefaultMemoryBytes;

    /// <exception cref="EngineException">400.</exception>
    internal void Require()
    {
        if (sources.Count == 0 || target.Length == 0)
        {
            throw new EngineException(Refusal.InvalidArgument, "a delta needs an old image and a new one");
        }

        if (MemoryBytes < MinMemoryBytes)
        {
            throw new EngineException(Refusal.InvalidArgument, $"{MemoryBytes} bytes of memory are too few for a delta: at least {MinMemoryBytes}");
        }
    }
}
