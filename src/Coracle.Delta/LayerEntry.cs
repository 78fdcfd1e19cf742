namespace Coracle.Delta;

/// <summary>One entry of a layer's tar.</summary>
public readonly struct LayerEntry(ReadOnlyMemory<byte> headers, long bodyLength, UInt128? hash)
{
    /// <summary>Its header blocks, extended ones included, exactly as in the tar: a multiple of 512 bytes.</summary>
    public ReadOnlyMemory<byte> Headers { get; } = headers;

    /// <summary>Bytes of its body in the tar, without the padding to 512.</summary>
    public long BodyLength { get; } = bodyLength;

    /// <summary>XXH128 (seed 0) of the body as the layer's record has it; null where the record keeps none (no body, or one that made no file).</summary>
    public UInt128? Hash { get; } = hash;
}
