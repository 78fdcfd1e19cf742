namespace Coracle.Tar;

/// <summary>
/// The meaning of one entry's headers, all overrides (PAX, GNU long names) applied. Names are bytes: a tar has no encoding.
/// </summary>
/// <remarks>
/// <see cref="TarReader"/> hands out one instance again and again; its memories point into the reader's buffers and are valid
/// until the next <see cref="TarReader.MoveNext"/>. Nothing in here has been checked against a file system: names may be
/// absolute, hold <c>..</c> or be empty.
/// </remarks>
public sealed class TarEntry
{
    public ReadOnlyMemory<byte> Name { get; set; }

    /// <summary>Target of a symbolic or hard link; else empty.</summary>
    public ReadOnlyMemory<byte> LinkName { get; set; }

    public TarEntryType Type { get; set; }

    /// <summary>The twelve permission bits, setuid, setgid and sticky among them.</summary>
    public int Mode { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    /// <summary>Bytes of the body in the tar; 0 for everything but <see cref="TarEntryType.File"/>.</summary>
    public long Size { get; set; }

    /// <summary>Set where the body is not the file but what the file has beside its holes.</summary>
    public SparseMap? Sparse { get; set; }

    /// <summary>The length of the file that the entry makes, holes and all.</summary>
    public long RealSize => Sparse?.RealSize ?? Size;

    public TarTime ModifiedAt { get; set; }

    public uint DeviceMajor { get; set; }

    public uint DeviceMinor { get; set; }

    /// <summary>Only what SCHILY.xattr.* names: the dialect of GNU tar, star, Go, Docker and BuildKit (all of which pass over bsdtar's own LIBARCHIVE.xattr.*).</summary>
    public IList<TarXattr> Xattrs { get; } = [];
}
