namespace Coracle.Storage;

internal enum WhiteoutKind
{
    /// <summary><c>.wh.NAME</c>: lower layers' NAME is gone.</summary>
    Name,

    /// <summary><c>.wh..wh..opq</c>: all that lower layers have in this directory is gone.</summary>
    Opaque,

    /// <summary>Other names with AUFS's double prefix: notes of a file system that nobody has any more.</summary>
    Meta,

    /// <summary>Hides nothing, the directory itself, or the one above.</summary>
    Invalid,
}

/// <summary>The names that mean "removed" in a layer's tar (OCI image-spec v1.1, layer.md "Whiteouts"; born in AUFS).</summary>
internal static class Whiteout
{
    private static ReadOnlySpan<byte> Prefix => ".wh."u8;

    private static ReadOnlySpan<byte> MetaPrefix => ".wh..wh."u8;

    public static bool IsOne(ReadOnlySpan<byte> leaf) => leaf.StartsWith(Prefix);

    public static ReadOnlySpan<byte> HiddenName(ReadOnlySpan<byte> leaf) => leaf[Prefix.Length..];

    public static WhiteoutKind KindOf(ReadOnlySpan<byte> leaf)
    {
        ReadOnlySpan<byte> hidden = HiddenName(leaf);
        return leaf.SequenceEqual(".wh..wh..opq"u8) ? WhiteoutKind.Opaque
            : leaf.StartsWith(MetaPrefix) ? WhiteoutKind.Meta
            : hidden.IsEmpty || hidden.SequenceEqual("."u8) || hidden.SequenceEqual(".."u8) ? WhiteoutKind.Invalid
            : WhiteoutKind.Name;
    }
}
