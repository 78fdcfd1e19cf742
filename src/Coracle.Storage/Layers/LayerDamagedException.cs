namespace Coracle.Storage;

/// <summary>A committed layer is not what its record says: a bad disk, or somebody wrote into the data root.</summary>
public sealed class LayerDamagedException(string message, Exception? inner = null) : IOException(message, inner);
