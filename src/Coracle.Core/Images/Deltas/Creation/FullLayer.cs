using System.IO.Compression;
using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>What a layer is in full, compressed: the price that a delta has to beat.</summary>
/// <param name="published">Bytes of its blob as a manifest has it: a layer that was here already is not noted as seen in the registry.</param>
internal sealed class FullLayer(LayerStore layers, DiffId layer, long? published, CancellationToken cancellationToken)
{
    private const int BufferLength = 64 * 1024;

    /// <summary>A delta must be smaller than 7/10 of the compressed layer: it costs a device the reading of its bases as well.</summary>
    private const long PartsOf = 10, PartsAllowed = 7;

    /// <summary>The smallest compressed form that a registry has; null where none is known.</summary>
    public long? KnownSize { get; } = SmallestOf(layers.Find(layer)?.Blobs ?? [], published);

    /// <summary>
    /// Against the compressed blob where one is known; else against the layer's tar through gzip, of which no more is made than
    /// the answer needs: a delta of some KB has won after as many of them.
    /// </summary>
    public bool IsWorth(long deltaLength)
        => KnownSize is { } known ? deltaLength * PartsOf < known * PartsAllowed : Compress(Stream.Null, enough: (deltaLength * PartsOf / PartsAllowed) + 1) > deltaLength * PartsOf / PartsAllowed;

    /// <summary>Writes the layer's tar, compressed.</summary>
    /// <exception cref="ContentMismatchException">The layer is not what it was.</exception>
    public Descriptor Write(ScratchStream output)
    {
        Compress(output, long.MaxValue);
        return new Descriptor(MediaTypes.OciLayerGzip, ScratchDigest.Of(output, cancellationToken), output.Length);
    }

    /// <returns>Bytes that came out, all of them or at least <paramref name="enough"/>.</returns>
    private long Compress(Stream output, long enough)
    {
        using Stream tar = layers.OpenTar(layer);
        using ArchiveBlobStream hashed = new(tar, static _ => { });
        CountedOutput counted = new(output);
        using (GZipStream gzip = new(counted, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] buffer = new byte[BufferLength];
            for (int read; counted.Count < enough && (read = hashed.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                gzip.Write(buffer, 0, read);
            }
        }

        if (enough == long.MaxValue && new DiffId(hashed.GetDigest()) is { } actual && actual != layer)
        {
            throw ContentMismatchException.Layer(layer, actual);
        }

        return counted.Count;
    }

    private static long? SmallestOf(IReadOnlyList<KnownBlob> blobs, long? smallest)
    {
        foreach (KnownBlob blob in blobs)
        {
            smallest = smallest is { } size && size < blob.Size ? size : blob.Size;
        }

        return smallest;
    }
}
