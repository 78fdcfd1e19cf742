using Coracle.Oci;

namespace Coracle.Core;

/// <summary>One layer of an archive of deltas.</summary>
public sealed class InspectedLayer
{
    internal InspectedLayer(DiffId target, Descriptor blob) => (Target, Blob) = (target, blob);

    public DiffId Target { get; }

    /// <summary>As it travels.</summary>
    public Descriptor Blob { get; }

    public bool IsDelta => Blob.MediaType == DeltaArtifact.LayerType;

    /// <summary>Bytes of the tar that comes of it; 0 where nobody says.</summary>
    public long TarLength { get; internal set; }

    /// <summary>Bytes of the compressed layer in the target's manifest; null where the archive has none.</summary>
    public long? FullSize { get; internal set; }

    public IReadOnlyList<InspectedBase> Bases { get; internal set; } = [];

    public int Segments { get; internal set; }

    /// <summary>By directory; null where the bases are not all here, so that nobody can look.</summary>
    public IReadOnlyList<DirectoryTally>? Directories { get; internal set; }

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public string? Problem { get; internal set; }
}

/// <summary>A layer that a delta reads.</summary>
/// <param name="entries">That it may read: the runs in its header.</param>
public sealed class InspectedBase(DiffId layer, long entries, bool isHere)
{
    public DiffId Layer => layer;

    public long Entries => entries;

    public bool IsHere => isHere;
}
