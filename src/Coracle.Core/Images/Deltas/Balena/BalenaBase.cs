using Coracle.Delta;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The layers of an image that deltas are made of or applied to, kept until this is disposed.</summary>
/// <param name="openTar">A layer's tar, seekable.</param>
/// <param name="release">Ends whatever keeps the layers.</param>
internal sealed class BalenaBase(IReadOnlyList<DiffId> layers, Func<DiffId, Stream> openTar, Action release) : IDisposable
{
    /// <summary>All its layers' tars, one after the other: balenaEngine's base. One for each thread; the caller disposes it.</summary>
    public Stream OpenAll()
    {
        Stream[] tars = new Stream[layers.Count];
        int opened = 0;
        try
        {
            for (; opened < tars.Length; opened++)
            {
                tars[opened] = openTar(layers[opened]);
            }

            return new ConcatenatedStream(tars);
        }
        catch
        {
            for (int i = 0; i < opened; i++)
            {
                tars[i].Dispose();
            }

            throw;
        }
    }

    /// <returns>The tar of one of its layers; null where it has no such layer. The caller disposes it.</returns>
    public Stream? TryOpen(DiffId layer) => layers.Contains(layer) ? openTar(layer) : null;

    public void Dispose() => release();
}
