namespace Coracle.Linux;

/// <summary>mount(2)'s flags, by the names that options have in fstab; <c>AbiTests</c> compares the numbers.</summary>
[Flags]
public enum MountFlags : uint
{
    None = 0,
    ReadOnly = Abi.MS_RDONLY,
    NoSetuid = Abi.MS_NOSUID,
    NoDevices = Abi.MS_NODEV,
    NoExecute = Abi.MS_NOEXEC,
    Synchronous = Abi.MS_SYNCHRONOUS,
    Remount = Abi.MS_REMOUNT,
    DirectorySync = Abi.MS_DIRSYNC,
    NoAccessTime = Abi.MS_NOATIME,
    NoDirectoryAccessTime = Abi.MS_NODIRATIME,
    Bind = Abi.MS_BIND,
    Move = Abi.MS_MOVE,
    Recursive = Abi.MS_REC,
    Silent = Abi.MS_SILENT,
    Unbindable = Abi.MS_UNBINDABLE,
    Private = Abi.MS_PRIVATE,
    Slave = Abi.MS_SLAVE,
    Shared = Abi.MS_SHARED,
    RelativeAccessTime = Abi.MS_RELATIME,
    StrictAccessTime = Abi.MS_STRICTATIME,
}
