namespace Coracle.Linux;

public enum FileKind
{
    Other,
    File,
    Directory,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
}

/// <summary>What statx says about one inode; links are not followed.</summary>
/// <param name="Mode">Permission bits with setuid, setgid and sticky: 12 bits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="AllocatedBytes">What it occupies: blocks of 512 bytes, in bytes.</param>
/// <param name="ModifiedNanoseconds">Since 1970-01-01, may be negative.</param>
/// <param name="Device">Major &lt;&lt; 32 | minor of the file system; with <paramref name="Inode"/> the file's identity.</param>
/// <param name="DeviceMajor">Of a device node, what it stands for.</param>
public readonly record struct FileStatus(
    FileKind Kind, int Mode, uint Uid, uint Gid, long Size, long AllocatedBytes, uint LinkCount, ulong Inode, ulong Device,
    long ModifiedNanoseconds, long ChangedNanoseconds, uint DeviceMajor, uint DeviceMinor)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    // By hand: the compiler's would ask for a comparer of the enum, and that brings reflection into the lean programs (100 KB).
    public bool Equals(FileStatus other)
        => Device == other.Device && Inode == other.Inode && Kind == other.Kind && Mode == other.Mode && Uid == other.Uid && Gid == other.Gid
        && Size == other.Size && AllocatedBytes == other.AllocatedBytes && LinkCount == other.LinkCount
        && ModifiedNanoseconds == other.ModifiedNanoseconds && ChangedNanoseconds == other.ChangedNanoseconds
        && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;

    public override int GetHashCode() => (int)Inode;

    public override string ToString() => Size.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public bool IsDirectory => Kind == FileKind.Directory;

    public bool IsRegularFile => Kind == FileKind.File;

    internal static FileStatus From(in statx status) => new(
        KindOf(status.stx_mode), status.stx_mode & 0xFFF, status.stx_uid, status.stx_gid, (long)status.stx_size,
        (long)status.stx_blocks * 512, status.stx_nlink, status.stx_ino, ((ulong)status.stx_dev_major << 32) | status.stx_dev_minor,
        Nanoseconds(status.stx_mtime), Nanoseconds(status.stx_ctime), status.stx_rdev_major, status.stx_rdev_minor);

    private static long Nanoseconds(in statx_timestamp time) => unchecked((time.tv_sec * NanosecondsPerSecond) + time.tv_nsec);

    private static FileKind KindOf(int mode) => (mode & Abi.S_IFMT) switch
    {
        Abi.S_IFREG => FileKind.File,
        Abi.S_IFDIR => FileKind.Directory,
        Abi.S_IFLNK => FileKind.SymbolicLink,
        Abi.S_IFCHR => FileKind.CharacterDevice,
        Abi.S_IFBLK => FileKind.BlockDevice,
        Abi.S_IFIFO => FileKind.Fifo,
        Abi.S_IFSOCK => FileKind.Socket,
        _ => FileKind.Other,
    };
}
