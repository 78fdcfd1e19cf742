namespace Coracle.Storage;

/// <summary>What an earlier run has left is not what it says: the layer is begun from zero.</summary>
internal sealed class ResumeFailedException(string message, Exception? inner = null) : IOException(message, inner);
