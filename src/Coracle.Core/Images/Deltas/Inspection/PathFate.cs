namespace Coracle.Core;

/// <summary>What a delta does about a file with content.</summary>
public enum PathFate
{
    /// <summary>Its content is a whole file of a base, under this or another name.</summary>
    Copied,

    /// <summary>A base has a file of that name, with other content.</summary>
    Patched,

    /// <summary>No base has a file of that name; its content may still be made of parts of others.</summary>
    New,

    /// <summary>A base that the delta reads has it, the target has not.</summary>
    Removed,
}
