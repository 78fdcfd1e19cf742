using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>Makes the layers of one new image, one after the other, out of the same base layers. Blocks: for a thread of its own.</summary>
internal sealed class LayerWork(Store store, long memoryBytes, CancellationToken cancellationToken) : IDisposable
{
    private readonly List<ILayerSource> _bases = [];

    /// <summary>What the last layer would cost in full, compressed; where that is unknown, the least that it can be.</summary>
    public long InFull { get; private set; }

    /// <exception cref="LayerDamagedException">It cannot be read.</exception>
    public void AddBase(DiffId layer) => _bases.Add(new StoredLayerSource(store.Layers.OpenEntries(layer)));

    /// <param name="published">Bytes of its blob in a registry, if a manifest says so.</param>
    /// <param name="orInFull">What does not pay as a delta comes as the layer itself, instead of not at all.</param>
    /// <returns>Null: a delta does not pay. The caller disposes it.</returns>
    public MadeLayer? Make(DiffId target, long? published, bool orInFull)
    {
        FullLayer full = new(store.Layers, target, published, cancellationToken);
        ScratchStream content = store.CreateScratch();
        try
        {
            long tarLength = WriteDelta(target, content);
            if (full.IsWorth(content.Length))
            {
                InFull = full.KnownSize ?? (content.Length * 10 / 7);
                return Finish(target, content, tarLength);
            }

            content.Dispose();
            return orInFull ? MakeFull(target, full, tarLength) : null;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (ILayerSource source in _bases)
        {
            source.Dispose();
        }
    }

    private long WriteDelta(DiffId target, ScratchStream output)
    {
        using StoredLayerSource source = new(store.Layers.OpenEntries(target));
        DeltaBuilder.Create(_bases, source, new DeltaOptions { MemoryBytes = memoryBytes }, output, cancellationToken);
        return source.TarLength;
    }

    private MadeLayer Finish(DiffId target, ScratchStream content, long tarLength)
    {
        content.Position = 0;
        DeltaHeader header = DeltaHeader.Read(content);
        DiffId[] bases = new DiffId[header.Bases.Length];
        for (int i = 0; i < bases.Length; i++)
        {
            bases[i] = header.Bases[i].DiffId;
        }

        Descriptor blob = new(DeltaArtifact.LayerType, ScratchDigest.Of(content, cancellationToken), content.Length);
        return new MadeLayer(target, blob, bases, tarLength, content);
    }

    private MadeLayer MakeFull(DiffId target, FullLayer full, long tarLength)
    {
        ScratchStream content = store.CreateScratch();
        try
        {
            return new MadeLayer(target, full.Write(content), bases: null, tarLength, content);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }
}
