using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>An image that is here: its config is a blob, its layers are committed.</summary>
/// <param name="Id">The config's digest: Docker's image id.</param>
/// <param name="Layers">The lowest first.</param>
/// <param name="Manifests">Manifests and indexes it came by, for digests of names and for push; blobs of ours.</param>
/// <param name="LastTaggedAt">Docker's Metadata.LastTagTime.</param>
public sealed record ImageRecord(
    Digest Id, IReadOnlyList<DiffId> Layers, IReadOnlyList<Digest> Manifests, DateTimeOffset? LastTaggedAt = null);
