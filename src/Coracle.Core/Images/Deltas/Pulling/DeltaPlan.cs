using Coracle.Oci;

namespace Coracle.Core;

/// <summary>Which of an image's missing layers come by delta, decided once, before the first byte of a layer.</summary>
internal sealed class DeltaPlan
{
    /// <summary>A delta must be smaller than this part of the compressed layer: it costs reading its bases as well.</summary>
    private const double WorthWhile = 0.7;

    private readonly List<LayerDelta> _chosen = [];

    private DeltaPlan()
    {
    }

    /// <summary>Full layers only.</summary>
    public static DeltaPlan Nothing { get; } = new();

    public int Count => _chosen.Count;

    /// <param name="missing">Each layer once.</param>
    /// <param name="offers">In any order; several may make the same layer.</param>
    /// <param name="hold">Whether a layer is here, and stays here until the plan has been carried out. Asked only about what would be used.</param>
    public static DeltaPlan Choose(IReadOnlyList<WantedLayer> missing, IReadOnlyList<LayerDelta> offers, Func<DiffId, bool> hold)
    {
        DeltaPlan plan = new();
        foreach (WantedLayer layer in missing)
        {
            if (Cheapest(layer, offers, hold) is { } delta)
            {
                plan._chosen.Add(delta);
            }
        }

        return plan;
    }

    /// <returns>Null: the layer comes in full.</returns>
    public LayerDelta? For(DiffId layer)
    {
        foreach (LayerDelta delta in _chosen)
        {
            if (delta.Target == layer)
            {
                return delta;
            }
        }

        return null;
    }

    /// <summary>One line for people: <c>3 layers here, 1 by delta (264 kB instead of 23.4 MB), 2 in full</c>.</summary>
    /// <param name="here">Layers of the image that need not be brought.</param>
    public string Summary(int here, IReadOnlyList<WantedLayer> missing)
    {
        long by = 0, instead = 0;
        foreach (WantedLayer layer in missing)
        {
            if (For(layer.DiffId) is { } delta)
            {
                by += delta.Blob.Size;
                instead += layer.Blob.Size;
            }
        }

        int full = missing.Count - Count;
        return $"{here} {(here == 1 ? "layer" : "layers")} here, {Count} by delta ({DeltaText.Size(by)} instead of {DeltaText.Size(instead)}){(full > 0 ? $", {full} in full" : "")}";
    }

    private static LayerDelta? Cheapest(WantedLayer layer, IReadOnlyList<LayerDelta> offers, Func<DiffId, bool> hold)
    {
        LayerDelta? best = null;
        foreach (LayerDelta offer in offers)
        {
            if (offer.Target == layer.DiffId && offer.Blob.Size < WorthWhile * layer.Blob.Size
                && (best is null || offer.Blob.Size < best.Blob.Size) && HoldsAll(offer, hold))
            {
                best = offer;
            }
        }

        return best;
    }

    private static bool HoldsAll(LayerDelta delta, Func<DiffId, bool> hold)
    {
        foreach (DiffId layer in delta.Bases)
        {
            if (!hold(layer))
            {
                return false;
            }
        }

        return true;
    }
}
