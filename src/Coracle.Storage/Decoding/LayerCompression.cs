namespace Coracle.Storage;

/// <summary>How a layer's blob is compressed.</summary>
public enum LayerCompression
{
    /// <summary>By its first bytes, as Docker does whatever the media type says.</summary>
    Detect,
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}
