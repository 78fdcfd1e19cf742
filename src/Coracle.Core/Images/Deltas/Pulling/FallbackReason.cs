namespace Coracle.Core;

/// <summary>Why a layer came in full although it has a delta.</summary>
internal enum FallbackReason
{
    /// <summary>A base layer went between the plan and the delta, or lacks an entry that the delta reads.</summary>
    BaseMissing,

    /// <summary>A base layer is not what its record says.</summary>
    BaseDamaged,

    /// <summary>The delta is not what the format allows, or not the promised blob.</summary>
    DeltaDamaged,

    /// <summary>It made another layer than the image's config names.</summary>
    WrongLayer,

    /// <summary>Made by a later version, or with a filter that this one has not.</summary>
    UnsupportedVersion,

    /// <summary>The registry lists it and does not give it.</summary>
    Unavailable,
}
