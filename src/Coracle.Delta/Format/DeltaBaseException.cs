using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>The delta is sound, but a base layer is missing, or has not the bytes that it had when the delta was made.</summary>
public sealed class DeltaBaseException : IOException
{
    /// <param name="entry">Of that layer's tar; null for the layer as a whole.</param>
    public DeltaBaseException(DiffId layer, long? entry, string problem, Exception? cause = null)
        : base(entry is { } number ? $"base layer {layer}, entry {number}: {problem}" : $"base layer {layer}: {problem}", cause)
        => (Layer, Entry) = (layer, entry);

    public DiffId Layer { get; }

    public long? Entry { get; }
}
