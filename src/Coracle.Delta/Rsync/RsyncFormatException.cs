namespace Coracle.Delta;

/// <summary>A delta of librsync's format is damaged, cut short, or not for this base. The words are those that balenaEngine's clients know.</summary>
public sealed class RsyncFormatException(string message) : IOException(message);
