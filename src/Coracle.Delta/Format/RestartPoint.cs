namespace Coracle.Delta;

/// <summary>A place in a delta where decoding can go on without what was before it, except the header.</summary>
/// <param name="PackedOffset">In the delta, from its first byte.</param>
/// <param name="TarOffset">In the target's tar: what the decoder gives out first from there.</param>
/// <param name="Segment">The segment that begins there; the end mark counts as one more.</param>
public readonly record struct RestartPoint(long PackedOffset, long TarOffset, int Segment);
