namespace Coracle.Delta;

/// <summary>How far a target has been written: before an entry, inside one, or inside the trailer.</summary>
internal readonly struct TargetCursor
{
    /// <summary>The number of entries: the trailer.</summary>
    public int Entry { get; init; }

    /// <summary>Bytes of its headers that have been written, where these are raw.</summary>
    public int HeadersOffset { get; init; }

    /// <summary>Bytes of its body (or of the trailer) that have been written; more than 0: so have its headers.</summary>
    public long BodyOffset { get; init; }

    /// <summary>The same place in the tar.</summary>
    public long TarOffset { get; init; }
}
