using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>A committed layer.</summary>
/// <param name="DiffDirectory">Absolute path of diff/, the overlay's lower directory. Read-only for everybody.</param>
/// <param name="Size">Bytes of its files and link targets, as <c>docker images</c> counts.</param>
/// <param name="TarLength">Bytes of its uncompressed tar.</param>
public sealed record LayerInfo(DiffId DiffId, string DiffDirectory, long Size, long TarLength, IReadOnlyList<KnownBlob> Blobs);
