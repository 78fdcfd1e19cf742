using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>A document by which an image came, or went: its manifest, or an index that names that.</summary>
internal sealed class StoredManifest(Digest image, Digest digest, byte[] bytes, ManifestDocument document)
{
    /// <summary>Id of the image that it belongs to.</summary>
    public Digest Image => image;

    public Digest Digest => digest;

    public byte[] Bytes => bytes;

    public Descriptor Descriptor => new(document.MediaType, digest, bytes.Length);

    /// <summary>The image's own manifests, then the indexes that name one of them; each in the order in which they came.</summary>
    public static List<StoredManifest> ListOf(ImageRecord image, BlobStore blobs)
    {
        List<StoredManifest> own = [];
        List<StoredManifest> indexes = [];
        foreach (Digest digest in image.Manifests)
        {
            byte[] bytes = blobs.Read(digest);
            StoredManifest document = new(image.Id, digest, bytes, ManifestDocument.Parse(bytes, null));
            (document.IsImage ? own : indexes).Add(document);
        }

        foreach (StoredManifest index in indexes)
        {
            if (index.Names(own))
            {
                own.Add(index);
            }
        }

        return own;
    }

    /// <summary>Whether it is the image's own manifest, not an index.</summary>
    public bool IsImage => document is Manifest manifest && manifest.Config.Digest == image;

    /// <summary>Bytes of a layer's blob as it is in the registry; null where this is not the image's own manifest.</summary>
    public long? SizeOf(int layer) => document is Manifest manifest && layer < manifest.Layers.Count ? manifest.Layers[layer].Size : null;

    /// <summary>Whether it is an index that names one of these.</summary>
    public bool Names(List<StoredManifest> manifests)
    {
        if (document is ImageIndex index)
        {
            foreach (Descriptor entry in index.Manifests)
            {
                foreach (StoredManifest manifest in manifests)
                {
                    if (entry.Digest == manifest.Digest)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
