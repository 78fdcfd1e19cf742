namespace Coracle.Core;

/// <summary>What a pull does about deltas: <c>--delta</c>.</summary>
public enum DeltaMode
{
    /// <summary>Takes a delta where one helps, the full layer everywhere else.</summary>
    Auto,

    /// <summary>Asks nobody and takes full layers.</summary>
    Off,

    /// <summary>A layer that no delta brings is an error: for links on which a full layer costs more than no update.</summary>
    Only,
}
