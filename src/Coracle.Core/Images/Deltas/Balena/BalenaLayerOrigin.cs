using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A layer that comes as a delta of balenaEngine's kind.</summary>
/// <param name="deltaBase">Not owned; there until the layer is.</param>
internal sealed class BalenaLayerOrigin(BalenaBase deltaBase, DiffId layer) : ILayerOrigin
{
    public Stream Open(Stream blob) => new BalenaLayerStream(blob, deltaBase, layer);

    /// <summary>The layers of a delta image with what they make.</summary>
    /// <exception cref="OciFormatException">They are not as many.</exception>
    public static WantedLayer[] Match(Manifest manifest, ImageConfig target, BalenaBase deltaBase)
    {
        IReadOnlyList<WantedLayer> layers = RemoteImage.Match(manifest, target);
        WantedLayer[] wanted = new WantedLayer[layers.Count];
        for (int i = 0; i < wanted.Length; i++)
        {
            wanted[i] = layers[i] with { Origin = new BalenaLayerOrigin(deltaBase, layers[i].DiffId) };
        }

        return wanted;
    }
}
