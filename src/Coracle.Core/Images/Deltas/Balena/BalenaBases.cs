using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>Finds the images that deltas are applied to: here, else in the data root of another engine (<c>--delta-data-root</c>).</summary>
/// <param name="dataRoot">Of the other; null where there is none. Opened anew for each delta: its owner may have changed it.</param>
internal sealed class BalenaBases(ImageCatalog images, string? dataRoot)
{
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="EngineException">In balenaEngine's words: supervisors look for them and pull the whole image then.</exception>
    public BalenaBase Open(Digest image)
        => Here(image) ?? There(image) ?? throw Missing(image, "no such image");

    private BalenaBase? Here(Digest image)
    {
        if (images.Store.Images.Find(image) is null)
        {
            return null;
        }

        try
        {
            ImageHold hold = images.Hold(image.ToString());
            return new BalenaBase(hold.Image.Layers, images.Store.Layers.OpenSeekableTar, hold.Dispose);
        }
        catch (EngineException)
        {
            return null;   // removed in between, or not whole
        }
    }

    private BalenaBase? There(Digest image)
    {
        if (dataRoot is null)
        {
            return null;
        }

        try
        {
            ReadOnlyStore store = ReadOnlyStore.Open(dataRoot);
            if (store.LayersOf(image) is { } layers)
            {
                return new BalenaBase(layers, store.OpenSeekableTar, store.Dispose);
            }

            store.Dispose();
            return null;
        }
        catch (IOException error)
        {
            throw Missing(image, error.Message);
        }
    }

    private static EngineException Missing(Digest image, string why)
        => new(Refusal.Failed, $"loading delta base image \"{image}\": failed to get digest {image}: {why}");
}
