using Coracle.Oci;

namespace Coracle.Core;

/// <summary>What a device with the old images needs for the new one. Disposing it removes the blobs.</summary>
/// <param name="target">The new image.</param>
/// <param name="configBytes">Its config, of which it has its id.</param>
/// <param name="manifests">Its manifests, then the indexes that name them; empty where it never came from a registry or went to one.</param>
/// <param name="source">The first old image's manifest, where it is known.</param>
internal sealed class DeltaSet(ImageDetails target, byte[] configBytes, List<StoredManifest> manifests, Digest? source) : IDisposable
{
    private readonly List<MadeLayer> _layers = [];

    public ImageDetails Target => target;

    public byte[] ConfigBytes => configBytes;

    public List<StoredManifest> Manifests => manifests;

    public Digest? Source => source;

    /// <summary>In the order of the image's layers; those that an old image has are not there.</summary>
    public List<MadeLayer> Layers => _layers;

    /// <summary>Layers of the new image that the old ones have as they are.</summary>
    public int Shared { get; set; }

    /// <summary>What the layers that have deltas would cost in full, compressed; those whose compressed size nobody knows count by their deltas' bound.</summary>
    public long InFull { get; set; }

    /// <summary>What a device fetches of it in full: the smallest blob that a manifest of the image names. Null where none does.</summary>
    public long? PublishedSize(DiffId layer)
    {
        long? smallest = null;
        for (int i = 0; i < target.Layers.Count; i++)
        {
            foreach (StoredManifest manifest in target.Layers[i] == layer ? manifests : [])
            {
                smallest = manifest.SizeOf(i) is { } size && !(smallest < size) ? size : smallest;
            }
        }

        return smallest;
    }

    /// <summary>For people, in one line.</summary>
    public string Summary()
    {
        long bytes = 0, full = 0;
        int deltas = 0;
        foreach (MadeLayer layer in _layers)
        {
            deltas += layer.IsDelta ? 1 : 0;
            bytes += layer.IsDelta ? layer.Blob.Size : 0;
            full += layer.IsDelta ? 0 : layer.Blob.Size;
        }

        int whole = _layers.Count - deltas;
        return $"{Shared} {(Shared == 1 ? "layer" : "layers")} in the old images, {deltas} by delta ({DeltaText.Size(bytes)} instead of {DeltaText.Size(InFull)})"
            + (whole > 0 ? $", {whole} in full ({DeltaText.Size(full)})" : "");
    }

    public void Dispose()
    {
        foreach (MadeLayer layer in _layers)
        {
            layer.Dispose();
        }
    }
}
