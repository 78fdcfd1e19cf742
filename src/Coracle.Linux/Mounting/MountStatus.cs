namespace Coracle.Linux;

/// <summary>What statfs says of the mount that a descriptor is on.</summary>
internal static unsafe class MountStatus
{
    // The bits of f_flags that a remount must repeat or lose: ST_NOSUID, ST_NODEV, ST_NOEXEC, ST_NOATIME, ST_NODIRATIME, ST_RELATIME.
    // All but the last have the number of their mount flag.
    private const nuint SameNumber = 2 | 4 | 8 | 1024 | 2048;

    private const nuint StRelativeTime = 4096;

    /// <summary>The flags it is mounted with, for a remount that is to keep them.</summary>
    internal static MountFlags FlagsOf(int fd)
    {
        statfs64 status;
        if (ChildCalls.fstatfs64(fd, &status) != 0)
        {
            throw new LinuxException("fstatfs", "mount", (Errno)ChildCalls.Errno);
        }

        var flags = (MountFlags)(uint)(status.f_flags & SameNumber);
        return (status.f_flags & StRelativeTime) != 0 ? flags | MountFlags.RelativeAccessTime : flags;
    }
}
