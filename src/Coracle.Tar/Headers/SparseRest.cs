namespace Coracle.Tar;

/// <summary>Where the rest of a sparse file's map is, once its header has been read.</summary>
internal enum SparseRest
{
    None,

    /// <summary>In the block that follows (old GNU).</summary>
    ExtensionBlocks,

    /// <summary>In front of the body, and counted as body (PAX 1.0).</summary>
    MapInBody,
}
