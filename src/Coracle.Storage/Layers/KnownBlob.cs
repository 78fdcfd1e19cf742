using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>A compressed form of a layer that some registry has: what a push asks for before it sends anything.</summary>
/// <param name="Size">Bytes of the compressed blob.</param>
/// <param name="Repository">Registry and repository it was seen in: <c>docker.io/library/busybox</c>.</param>
public sealed record KnownBlob(Digest Digest, long Size, string MediaType, string Repository);
