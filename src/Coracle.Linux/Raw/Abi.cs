namespace Coracle.Linux;

/// <summary>
/// The kernel's and the C library's numbers. Every member of this class, in whichever file, is compared with the C headers of
/// every port by <c>AbiTests</c>: members are named exactly as in C and nothing else may stand here.
/// </summary>
internal static partial class Abi
{
    // fcntl.h. A real trap: ARM has its own O_DIRECTORY, O_NOFOLLOW and O_DIRECT.
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_TRUNC = 0x200;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;

    internal static PerPort O_DIRECTORY => new(X64: 0x10000, Arm64: 0x4000, Arm: 0x4000);

    internal static PerPort O_NOFOLLOW => new(X64: 0x20000, Arm64: 0x8000, Arm: 0x8000);

    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_REMOVEDIR = 0x200;
    internal const int AT_SYMLINK_FOLLOW = 0x400;
    internal const int AT_EMPTY_PATH = 0x1000;

    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_ADD_SEALS = 1033;
    internal const int FD_CLOEXEC = 1;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int F_SEAL_WRITE = 8;

    // sys/file.h, stdio.h (renameat2), unistd.h
    internal const int LOCK_SH = 1;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;
    internal const int LOCK_UN = 8;
    internal const int RENAME_NOREPLACE = 1;
    internal const int RENAME_EXCHANGE = 2;
    internal const int SEEK_SET = 0;
    internal const int SEEK_DATA = 3;
    internal const int SEEK_HOLE = 4;

    // linux/fs.h
    internal const int FICLONE = 0x40049409;

    // sys/stat.h, linux/stat.h
    internal const int S_IFMT = 0xF000;
    internal const int S_IFSOCK = 0xC000;
    internal const int S_IFLNK = 0xA000;
    internal const int S_IFREG = 0x8000;
    internal const int S_IFBLK = 0x6000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFCHR = 0x2000;
    internal const int S_IFIFO = 0x1000;
    internal const int STATX_BASIC_STATS = 0x7FF;
    internal const int STATX_MNT_ID = 0x1000;
    internal const int STATX_ATTR_MOUNT_ROOT = 0x2000;
    internal const int UTIME_OMIT = 0x3FFFFFFE;

    // dirent.h
    internal const int DT_UNKNOWN = 0;
    internal const int DT_DIR = 4;
    internal const int DT_REG = 8;
    internal const int DT_LNK = 10;

    // linux/openat2.h
    internal const int RESOLVE_NO_XDEV = 0x01;
    internal const int RESOLVE_NO_MAGICLINKS = 0x02;
    internal const int RESOLVE_NO_SYMLINKS = 0x04;
    internal const int RESOLVE_BENEATH = 0x08;
    internal const int RESOLVE_IN_ROOT = 0x10;

    // fcntl.h: page cache
    internal const int POSIX_FADV_SEQUENTIAL = 2;
    internal const int POSIX_FADV_DONTNEED = 4;
    internal const int SYNC_FILE_RANGE_WAIT_BEFORE = 1;
    internal const int SYNC_FILE_RANGE_WRITE = 2;
    internal const int SYNC_FILE_RANGE_WAIT_AFTER = 4;

    // asm/unistd.h: calls that glibc 2.36 has no function for
    internal static PerPort SYS_openat2 => new(437, 437, 437);

    internal static PerPort SYS_pidfd_open => new(434, 434, 434);

    internal static PerPort SYS_pidfd_send_signal => new(424, 424, 424);

    internal static PerPort SYS_clone3 => new(435, 435, 435);

    internal static PerPort SYS_seccomp => new(317, 277, 383);

    internal static PerPort SYS_pivot_root => new(155, 41, 218);

    internal static PerPort SYS_capset => new(126, 91, 185);

    internal static PerPort SYS_keyctl => new(250, 219, 311);

    internal static PerPort SYS_ioprio_set => new(251, 30, 314);
}
