namespace Coracle.Lzma;

/// <summary>What should be LZMA2 is not: damaged, or cut short. The message is the reason alone; what was being read, the caller knows.</summary>
public sealed class LzmaFormatException(string reason) : IOException(reason);
