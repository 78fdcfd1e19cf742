namespace Coracle.Registry;

/// <summary>The manifests of one repository, as <see cref="ReferrersTag"/> needs them.</summary>
internal interface IManifestShelf
{
    /// <returns>Null where there is none.</returns>
    Task<FetchedManifest?> FindManifestAsync(string tagOrDigest, CancellationToken cancellationToken);

    Task<bool> PutManifestAsync(string tagOrDigest, string mediaType, byte[] bytes, CancellationToken cancellationToken);

    Task<IReadOnlyList<string>> GetTagsAsync(CancellationToken cancellationToken);
}
