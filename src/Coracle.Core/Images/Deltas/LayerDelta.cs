using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A delta that somebody published for a layer. All of it is the publisher's word; the layer's diffID decides.</summary>
/// <param name="blob">The delta itself.</param>
/// <param name="bases">The layers that must be here.</param>
internal sealed class LayerDelta(Descriptor blob, DiffId target, DiffId[] bases)
{
    public Descriptor Blob => blob;

    public DiffId Target => target;

    public ReadOnlySpan<DiffId> Bases => bases;
}
