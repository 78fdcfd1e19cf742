using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>One base of a delta that is applied, opened and closed by its <see cref="DeltaBases"/>.</summary>
internal sealed class BaseLayer(DeltaBases bases, DiffId layer) : ILayerSource
{
    public DiffId DiffId => layer;

    public long TarLength => bases.Open(layer).TarLength;

    public long EntryCount => bases.Open(layer).EntryCount;

    public LayerEntry this[long index]
    {
        get
        {
            StoredEntry entry = bases.Open(layer)[index];
            return new LayerEntry(entry.Headers, entry.BodyLength, entry.Hash);
        }
    }

    public int ReadBody(long index, long offset, Span<byte> body) => bases.Open(layer).ReadBody(index, offset, body);

    public int ReadTrailer(long offset, Span<byte> trailer) => bases.Open(layer).ReadTrailer(offset, trailer);

    public void Dispose()
    {
        // Others may still read it: it ends with its bases.
    }
}
