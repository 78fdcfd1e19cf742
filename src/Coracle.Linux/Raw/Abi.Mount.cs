namespace Coracle.Linux;

// sys/mount.h
internal static partial class Abi
{
    internal const int MS_RDONLY = 1;
    internal const int MS_NOSUID = 2;
    internal const int MS_NODEV = 4;
    internal const int MS_NOEXEC = 8;
    internal const int MS_SYNCHRONOUS = 16;
    internal const int MS_REMOUNT = 32;
    internal const int MS_DIRSYNC = 128;
    internal const int MS_NOATIME = 1024;
    internal const int MS_NODIRATIME = 2048;
    internal const int MS_BIND = 4096;
    internal const int MS_MOVE = 8192;
    internal const int MS_REC = 16384;
    internal const int MS_SILENT = 32768;
    internal const int MS_UNBINDABLE = 1 << 17;
    internal const int MS_PRIVATE = 1 << 18;
    internal const int MS_SLAVE = 1 << 19;
    internal const int MS_SHARED = 1 << 20;
    internal const int MS_RELATIME = 1 << 21;
    internal const int MS_STRICTATIME = 1 << 24;
    internal const int MNT_DETACH = 2;
    internal const int UMOUNT_NOFOLLOW = 8;
}
