namespace Coracle.Delta;

/// <summary>What became of one path.</summary>
public sealed class DeltaPath(ReadOnlyMemory<byte> name, DeltaPathKind kind, long bytes, long packedBytes)
{
    /// <summary>As the tar has it: bytes, not text.</summary>
    public ReadOnlyMemory<byte> Name => name;

    public DeltaPathKind Kind => kind;

    /// <summary>Of its body; of the old one where it is removed.</summary>
    public long Bytes => bytes;

    /// <summary>Its share of the delta, about.</summary>
    public long PackedBytes => packedBytes;
}
