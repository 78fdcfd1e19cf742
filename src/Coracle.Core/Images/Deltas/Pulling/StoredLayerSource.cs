using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>A committed layer as deltas want it: Storage and Delta do not know each other.</summary>
/// <param name="entries">Owned.</param>
internal sealed class StoredLayerSource(LayerEntries entries) : ILayerSource
{
    public DiffId DiffId => entries.DiffId;

    public long TarLength => entries.TarLength;

    public long EntryCount => entries.EntryCount;

    public LayerEntry this[long index]
    {
        get
        {
            StoredEntry entry = entries[index];
            return new LayerEntry(entry.Headers, entry.BodyLength, entry.Hash);
        }
    }

    public int ReadBody(long index, long offset, Span<byte> body) => entries.ReadBody(index, offset, body);

    public int ReadTrailer(long offset, Span<byte> trailer) => entries.ReadTrailer(offset, trailer);

    public void Dispose() => entries.Dispose();
}
