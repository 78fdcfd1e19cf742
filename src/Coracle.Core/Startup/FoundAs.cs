namespace Coracle.Core;

/// <summary>What the engine before did not get to, of a container that this one found.</summary>
public enum FoundAs
{
    /// <summary>Nothing: it is as the last engine knew it.</summary>
    ItWas,

    /// <summary>Its end was told to nobody.</summary>
    EndedUnseen,

    /// <summary>A start that somebody asked for came to nothing.</summary>
    StartCutOff,
}
