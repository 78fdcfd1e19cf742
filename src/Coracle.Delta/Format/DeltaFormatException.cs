namespace Coracle.Delta;

/// <summary>What should be a delta is not: damaged, cut short, or made to do harm.</summary>
public sealed class DeltaFormatException(string problem) : IOException("invalid delta: " + problem);
