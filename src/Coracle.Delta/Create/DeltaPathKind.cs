namespace Coracle.Delta;

public enum DeltaPathKind
{
    /// <summary>Its body is that of an entry of a base (it may have none).</summary>
    Copied,

    /// <summary>Its body is made of parts of old ones.</summary>
    Patched,

    /// <summary>Nothing of its body was there before.</summary>
    New,

    /// <summary>A base has the path, the target has not.</summary>
    Removed,
}
