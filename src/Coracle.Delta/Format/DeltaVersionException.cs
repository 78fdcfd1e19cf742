namespace Coracle.Delta;

/// <summary>A delta that an engine newer than this one made, with something that this one does not know. The message names it.</summary>
public sealed class DeltaVersionException(string unknown) : IOException("unsupported delta: " + unknown);
