namespace Coracle.Delta;

/// <summary>What a delta is made of.</summary>
public sealed class DeltaSummary
{
    public long CopiedEntries { get; internal set; }

    public long PatchedEntries { get; internal set; }

    public long NewEntries { get; internal set; }

    /// <summary>Bytes of whole bodies that the bases have.</summary>
    public long CopiedBytes { get; internal set; }

    /// <summary>Bytes of patched bodies that come from bases, those with a difference included.</summary>
    public long AddedBytes { get; internal set; }

    /// <summary>Bytes of bodies that are new.</summary>
    public long LiteralBytes { get; internal set; }

    public int Segments { get; internal set; }

    /// <summary>The whole delta.</summary>
    public long PackedBytes { get; internal set; }
}
