namespace Coracle.Delta;

/// <summary>One entry of a layer's tar.</summary>
/// <param name="Headers">Its header blocks, extended ones included, exactly as in the tar: a multiple of 512 bytes.</param>
/// <param name="BodyLength">Bytes of its body in the tar, without the padding to 512.</param>
/// <param name="Hash">XXH128 (seed 0) of the body as the layer's record has it; null where the record keeps none (no body, or one that made no file).</param>
public readonly record struct LayerEntry(ReadOnlyMemory<byte> Headers, long BodyLength, UInt128? Hash);
