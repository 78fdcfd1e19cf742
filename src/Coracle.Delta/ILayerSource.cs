using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>A layer that is here, as the entries of its uncompressed tar, in any order: what a delta is made of and applied to.</summary>
/// <remarks>
/// Neighbours are cheap to go to, in both directions; any other place costs a walk over at most some hundred headers. Not thread-safe:
/// one source for each thread. Whatever it cannot read, it throws as an <see cref="IOException"/> that names the layer.
/// </remarks>
public interface ILayerSource : IDisposable
{
    DiffId DiffId { get; }

    /// <summary>Bytes of the whole tar.</summary>
    long TarLength { get; }

    /// <summary>Entries as a reader of tars counts them: extended headers belong to the entry behind them.</summary>
    long EntryCount { get; }

    /// <param name="index">0 to <see cref="EntryCount"/> - 1; others are an <see cref="ArgumentOutOfRangeException"/>.</param>
    /// <returns>Valid until the next call.</returns>
    LayerEntry this[long index] { get; }

    /// <summary>Bytes of the entry's body as the tar has it (a sparse file's regions, one after the other; no padding).</summary>
    /// <returns>0 at its end only.</returns>
    int ReadBody(long index, long offset, Span<byte> body);

    /// <summary>What fills the body up to whole blocks, where that is not zeros. Layers of today's writers have none such, and a source need not look.</summary>
    /// <param name="padding">As long as it is in the tar.</param>
    /// <returns>False: zeros.</returns>
    bool TryGetOddPadding(long index, Span<byte> padding) => false;

    /// <summary>What follows the last entry's padding: the end mark and all behind it.</summary>
    /// <returns>0 at its end only.</returns>
    int ReadTrailer(long offset, Span<byte> trailer);
}
