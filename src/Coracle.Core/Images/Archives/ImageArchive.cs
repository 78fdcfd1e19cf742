using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>The archive of some images, planned: every layer is leased until this is disposed, every byte but theirs is known.</summary>
/// <remarks>
/// The same images give the same bytes: blobs in the order of their digests, times from the images' configs, as Docker has them.
/// What Docker adds and nobody reads, the config that each layer had before 1.10, is left out.
/// </remarks>
internal sealed class ImageArchive(Store store, IReadOnlyList<SavedImage> images, IReadOnlyList<LayerLease> leases) : IDisposable
{
    private static readonly DateTimeOffset _epoch = DateTimeOffset.UnixEpoch;

    public IReadOnlyList<SavedImage> Images => images;

    /// <summary>Reads layers as it writes, so it blocks on the disk between the writes.</summary>
    /// <exception cref="LayerDamagedException">A layer is not what it was; what is out already cannot be taken back.</exception>
    public async Task WriteAsync(Stream client, CancellationToken cancellationToken)
    {
        using ArchiveOutput output = new(client);
        output.WriteDirectory("blobs", Created(images[0]));
        output.WriteDirectory("blobs/sha256", Created(images[0]));
        foreach (Blob blob in Blobs())
        {
            string name = LayoutEntry.BlobsDirectory + blob.Digest.ToHex();
            if (blob.Content is { } content)
            {
                await output.WriteFileAsync(name, blob.Time, content, cancellationToken);
            }
            else
            {
                await WriteLayerAsync(output, name, blob, cancellationToken);
            }
        }

        await output.WriteFileAsync(LayoutEntry.IndexFileName, _epoch, SaveDocuments.Index(images), cancellationToken);
        await output.WriteFileAsync(ArchiveImage.FileName, _epoch, SaveDocuments.DockerManifest(images), cancellationToken);
        await output.WriteFileAsync(LayoutEntry.LayoutFileName, _epoch, LayoutEntry.Layout.ToArray(), cancellationToken);
        if (SaveDocuments.Repositories(images) is { } repositories)
        {
            await output.WriteFileAsync("repositories", _epoch, repositories, cancellationToken);
        }

        await output.CompleteAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (LayerLease lease in leases)
        {
            lease.Dispose();
        }
    }

    private async Task WriteLayerAsync(ArchiveOutput output, string name, Blob blob, CancellationToken cancellationToken)
    {
        await using Stream tar = store.Layers.OpenTar(new DiffId(blob.Digest));
        using ArchiveBlobStream hashed = new(tar, static _ => { });
        await output.WriteFileAsync(name, blob.Time, hashed, tar.Length, cancellationToken);
        Digest actual = hashed.GetDigest();
        if (actual != blob.Digest)
        {
            // The client must not take this for a whole archive: the answer ends without its end.
            throw ContentMismatchException.Layer(new DiffId(blob.Digest), new DiffId(actual));
        }
    }

    /// <summary>Everything below blobs/, each once, in the order of the names.</summary>
    private List<Blob> Blobs()
    {
        Dictionary<Digest, Blob> blobs = [];
        foreach (SavedImage image in images)
        {
            blobs.TryAdd(image.Image.Id, new Blob(image.Image.Id, Created(image), image.ConfigBytes));
            blobs.TryAdd(image.ManifestDescriptor.Digest, new Blob(image.ManifestDescriptor.Digest, _epoch, image.Manifest));
            foreach (Descriptor layer in image.Layers)
            {
                blobs.TryAdd(layer.Digest, new Blob(layer.Digest, Created(image), null));
            }
        }

        return [.. blobs.Values.OrderBy(blob => blob.Digest.ToHex(), StringComparer.Ordinal)];
    }

    private static DateTimeOffset Created(SavedImage image) => image.Image.Config.Created is { } created && created > _epoch ? created : _epoch;

    /// <param name="Content">Null for a layer.</param>
    private sealed record Blob(Digest Digest, DateTimeOffset Time, byte[]? Content);
}
