namespace Coracle.Tar;

/// <summary>One extended attribute, as bytes: values are binary, and security.capability holds NULs.</summary>
public readonly record struct TarXattr(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);
