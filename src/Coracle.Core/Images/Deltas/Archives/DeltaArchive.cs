using Coracle.Oci;

namespace Coracle.Core;

/// <summary>Writes deltas as one tar, an OCI image layout whose one entry is the artifact: docs/deltas.md.</summary>
/// <remarks>
/// The same images give the same bytes. Documents stand in front, so that a reader knows what the blobs are for when they come, and
/// can apply each as it arrives.
/// </remarks>
internal static class DeltaArchive
{
    /// <summary>A loader takes no more documents than <see cref="ArchiveContents.MaxDocumentBytes"/>; what is beside the image is left out first.</summary>
    private const int MaxManifestBytes = 1024 * 1024;

    private static readonly DateTimeOffset _epoch = DateTimeOffset.UnixEpoch;

    /// <param name="name">What the target is to be called where it is loaded; null for its id alone.</param>
    /// <param name="knownAs">The digest by which the repository of that name knows it; null where that is not known.</param>
    /// <remarks>Reads scratch files as it writes, so it blocks on the disk between the writes.</remarks>
    public static async Task WriteAsync(DeltaSet set, ImageReference? name, Digest? knownAs, Stream client, CancellationToken cancellationToken)
    {
        ArtifactManifest artifact = DeltaManifest.Archived(set, knownAs);
        byte[] manifest = artifact.ToBytes();
        using ArchiveOutput output = new(client);
        await output.WriteFileAsync(LayoutEntry.LayoutFileName, _epoch, LayoutEntry.Layout.ToArray(), cancellationToken);
        await output.WriteFileAsync(LayoutEntry.IndexFileName, _epoch, Index(artifact.Describe(manifest).Descriptor, name), cancellationToken);
        await WriteDocumentAsync(output, Digest.Of(manifest), manifest, cancellationToken);
        await WriteDocumentAsync(output, ArtifactManifest.EmptyConfigDescriptor.Digest, ArtifactManifest.EmptyConfig.ToArray(), cancellationToken);
        await WriteDocumentAsync(output, set.Target.Id, set.ConfigBytes, cancellationToken);
        foreach (StoredManifest document in set.Manifests)
        {
            if (document.Bytes.Length <= MaxManifestBytes)
            {
                await WriteDocumentAsync(output, document.Digest, document.Bytes, cancellationToken);
            }
        }

        foreach (MadeLayer layer in set.Layers)
        {
            await output.WriteFileAsync(PathOf(layer.Blob.Digest), _epoch, layer.Content, layer.Blob.Size, cancellationToken);
        }

        await output.CompleteAsync(cancellationToken);
    }

    private static Task WriteDocumentAsync(ArchiveOutput output, Digest digest, byte[] content, CancellationToken cancellationToken)
        => output.WriteFileAsync(PathOf(digest), _epoch, content, cancellationToken);

    private static string PathOf(Digest blob) => LayoutEntry.BlobsDirectory + blob.ToHex();

    private static byte[] Index(Descriptor artifact, ImageReference? name)
    {
        Dictionary<string, string> annotations = [];
        if (name is not null)
        {
            annotations[LayoutEntry.ImageNameAnnotation] = name.ToString();
            annotations[LayoutEntry.RefNameAnnotation] = name.TagOrDigest;
        }

        return ReferrerIndex.Empty.With([new AnnotatedDescriptor(artifact, DeltaArtifact.Type, annotations)]);
    }
}
