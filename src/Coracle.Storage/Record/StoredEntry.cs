namespace Coracle.Storage;

/// <summary>One entry of a layer's tar.</summary>
public readonly struct StoredEntry
{
    internal StoredEntry(ReadOnlyMemory<byte> headers, long bodyLength, UInt128? hash)
        => (Headers, BodyLength, Hash) = (headers, bodyLength, hash);

    /// <summary>Its header blocks exactly as in the tar, extended ones and a sparse file's map included; the padding before them is not.</summary>
    public ReadOnlyMemory<byte> Headers { get; }

    /// <summary>Bytes in the tar, without the padding to 512.</summary>
    public long BodyLength { get; }

    /// <summary>XXH128 (seed 0) of the body: finds damage, proves nothing. Null where the record has none: no body, or one that made no file.</summary>
    public UInt128? Hash { get; }
}
