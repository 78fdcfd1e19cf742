namespace Coracle.Delta;

/// <summary>The streams of a segment, in their order.</summary>
internal enum DeltaStream
{
    Control,
    Numbers,
    Text,
    Times,
    Adds,
    Lengths,
    Jumps,
    Runs,
    Differences,
    Literals,
}
