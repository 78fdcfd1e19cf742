namespace Coracle.Delta;

/// <summary>What became of one path.</summary>
/// <param name="Name">As the tar has it: bytes, not text.</param>
/// <param name="Bytes">Of its body; of the old one where it is removed.</param>
/// <param name="PackedBytes">Its share of the delta, about.</param>
public readonly record struct DeltaPath(ReadOnlyMemory<byte> Name, DeltaPathKind Kind, long Bytes, long PackedBytes);
