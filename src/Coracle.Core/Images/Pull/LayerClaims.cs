using Coracle.Oci;

namespace Coracle.Core;

/// <summary>A layer that some pull is bringing. Everybody else who wants it waits for it and watches its progress.</summary>
internal sealed class LayerClaim(DiffId layer, LayerProgress progress)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DiffId Layer => layer;

    public LayerProgress Progress => progress;

    /// <summary>Completes when its owner is done with it, whether the layer is here or not: look again.</summary>
    public Task Ended => _ended.Task;

    internal void End() => _ended.TrySetResult();
}

/// <summary>
/// Which layers are being brought, and by whom: two pulls of one layer are one download. An owner commits what it claimed before it
/// waits for anybody else's, so no two can wait for each other.
/// </summary>
internal sealed class LayerClaims
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DiffId, LayerClaim> _claims = [];

    /// <summary>Claims what is free of the wanted layers, in one step.</summary>
    /// <returns>Those that are now the caller's, and those that are somebody else's.</returns>
    public (IReadOnlyList<(WantedLayer Layer, LayerClaim Claim)> Own, IReadOnlyList<LayerClaim> Others) Claim(
        IReadOnlyList<WantedLayer> wanted, TimeProvider time)
    {
        List<(WantedLayer Layer, LayerClaim Claim)> own = [];
        List<LayerClaim> others = [];
        lock (_lock)
        {
            foreach (WantedLayer layer in wanted)
            {
                if (_claims.TryGetValue(layer.DiffId, out LayerClaim? claim))
                {
                    others.Add(claim);
                    continue;
                }

                claim = new LayerClaim(layer.DiffId, new LayerProgress(layer.Blob, time));
                _claims.Add(layer.DiffId, claim);
                own.Add((layer, claim));
            }
        }

        return (own, others);
    }

    public void Release(LayerClaim claim)
    {
        lock (_lock)
        {
            _claims.Remove(claim.Layer);
        }

        claim.End();
    }
}

/// <summary>A layer of the image that is pulled: the blob to fetch and what it must unpack to.</summary>
/// <param name="Origin">Null where the blob is the layer's tar, compressed or not.</param>
internal sealed record WantedLayer(Descriptor Blob, DiffId DiffId, ILayerOrigin? Origin = null);
