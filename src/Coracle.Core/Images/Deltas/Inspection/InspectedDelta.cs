using Coracle.Oci;

namespace Coracle.Core;

/// <summary>What an archive of deltas holds.</summary>
public sealed class InspectedDelta
{
    /// <summary>The target's name; null where it has none.</summary>
    public string? Name { get; internal set; }

    /// <summary>The target's id; null where its config is not in the archive.</summary>
    public Digest? Id { get; internal set; }

    /// <summary>Digest of the target's manifest; null where that was not known.</summary>
    public Digest? Manifest { get; internal set; }

    /// <summary>Layers that the target has in all, those included that need not travel.</summary>
    public int LayerCount { get; internal set; }

    public IReadOnlyList<InspectedLayer> Layers { get; internal set; } = [];
}
