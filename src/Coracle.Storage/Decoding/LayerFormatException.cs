namespace Coracle.Storage;

/// <summary>A layer's blob is not compressed in a way we can undo: damaged, cut short, or of a kind we do not have.</summary>
public sealed class LayerFormatException(string message, Exception? inner = null) : IOException(message, inner);
