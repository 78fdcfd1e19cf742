using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>A layer of the new image as it is to travel: a delta, or all of it compressed.</summary>
/// <param name="blob">Of <paramref name="content"/>.</param>
/// <param name="bases">The layers that a delta reads; null: it is the layer in full.</param>
/// <param name="tarLength">Bytes of the tar that comes of it.</param>
/// <param name="content">Owned.</param>
internal sealed class MadeLayer(DiffId target, Descriptor blob, DiffId[]? bases, long tarLength, ScratchStream content) : IDisposable
{
    public DiffId Target => target;

    public Descriptor Blob => blob;

    public bool IsDelta => bases is not null;

    public ReadOnlySpan<DiffId> Bases => bases;

    public long TarLength => tarLength;

    public ScratchStream Content => content;

    public void Dispose() => content.Dispose();
}
