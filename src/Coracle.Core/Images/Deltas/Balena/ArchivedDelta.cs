using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>Applies the deltas among the images of an archive: what is loaded are the images that they make.</summary>
internal sealed class ArchivedDelta(Store store, BalenaBases bases, ProgressLines lines, CancellationToken cancellationToken)
{
    /// <param name="loaded">With their layers in <paramref name="contents"/>, where the layers that are made go as well.</param>
    /// <exception cref="EngineException">In balenaEngine's words.</exception>
    public IReadOnlyList<LoadedImage> Apply(IReadOnlyList<LoadedImage> loaded, ArchiveContents contents)
    {
        List<LoadedImage> images = [];
        bool areCommitted = false;
        foreach (LoadedImage image in loaded)
        {
            if (BalenaLabels.TryRead(image.Config) is not { } delta)
            {
                images.Add(image);
                continue;
            }

            images.Add(new LoadedImage(delta.Target, delta.TargetConfig, delta.TargetConfigBytes, image.Names));
            if (IsHere(delta))
            {
                lines.Add(ProgressLine.Text("Target image already exists locally, no need to load it.\n"));
                continue;
            }

            if (!areCommitted)
            {
                contents.Commit(loaded.SelectMany(each => each.Config.Layers).ToHashSet());   // only committed layers can be read
                areCommitted = true;
            }

            Apply(image.Config, delta, contents);
        }

        return images;
    }

    private void Apply(ImageConfig image, BalenaLabels delta, ArchiveContents contents)
    {
        using BalenaBase deltaBase = bases.Open(delta.BaseImage);
        IReadOnlyList<DiffId> targets = delta.TargetConfig.Layers;
        if (image.Layers.Count != targets.Count)
        {
            throw LoadedImage.Refused("layers from manifest don't match image configuration");
        }

        for (int i = 0; i < targets.Count; i++)
        {
            if (!contents.TryLease(targets[i]))
            {
                using Stream tar = store.Layers.OpenTar(image.Layers[i]);
                using BalenaLayerStream made = new(tar, deltaBase, targets[i]);
                contents.Add(store.Layers.Apply(made, LayerCompression.None, targets[i], tarBytes: null, cancellationToken));
            }
        }
    }

    private bool IsHere(BalenaLabels delta)
    {
        foreach (DiffId layer in delta.TargetConfig.Layers)
        {
            if (!store.Layers.Contains(layer))
            {
                return false;
            }
        }

        return store.Images.Find(delta.Target) is not null;
    }
}
