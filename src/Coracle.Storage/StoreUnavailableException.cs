namespace Coracle.Storage;

/// <summary>The data root cannot be used as it is: held by another engine, or of a version or dialect that this one does not know.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
