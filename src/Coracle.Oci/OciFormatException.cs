namespace Coracle.Oci;

/// <summary>A document or a name from outside is not what the specifications allow. The message is for the user.</summary>
public sealed class OciFormatException(string message, Exception? inner = null) : FormatException(message, inner);
