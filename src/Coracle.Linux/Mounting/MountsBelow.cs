namespace Coracle.Linux;

/// <summary>One mount after the other, for kernels without mount_setattr(2) (before 5.12) and without open_tree(2).</summary>
/// <remarks>Part of the monitor, whose size is tight: hence spans and loops where a list and a parser would do.</remarks>
internal static unsafe class MountsBelow
{
    /// <summary>Of the calling thread's mounts, far above what a host has.</summary>
    private const int MaxListBytes = 8 << 20;

    // proc(5): "36 35 98:0 /root /mount/point rw,… - type source options"
    private const int PointField = 4;

    /// <summary>Which mount a descriptor is on; 0 from a kernel before 5.8, which does not tell.</summary>
    internal static ulong IdOf(int fd)
    {
        statx status;
        byte empty = 0;
        return LibC.statx(fd, &empty, Abi.AT_EMPTY_PATH, Abi.STATX_MNT_ID, &status) == 0 && (status.stx_mask & Abi.STATX_MNT_ID) != 0
            ? status.stx_mnt_id
            : 0;
    }

    /// <summary>The mount of a descriptor keeps its flags and is read-only besides.</summary>
    internal static void MakeOneReadOnly(int fd)
        => Mounts.Mount("", $"/proc/self/fd/{fd}", "", MountFlags.Bind | MountFlags.Remount | MountFlags.ReadOnly | MountStatus.FlagsOf(fd));

    /// <summary>Every mount below a directory of the calling thread's mount namespace.</summary>
    /// <remarks>
    /// The list names mounts by path, and a container that has a part of this tree may put a link there meanwhile: each is opened
    /// without following a last link and must then be the mount that the list spoke of.
    /// </remarks>
    /// <param name="top">Its path in bytes: a name need not be UTF-8.</param>
    /// <param name="orFail">One that could not be reached (renamed, or covered by another) is an error, not left as it is.</param>
    internal static void MakeReadOnly(ReadOnlySpan<byte> top, bool orFail)
    {
        byte[] list = KernelFile.Read("/proc/thread-self/mountinfo", MaxListBytes);
        int at = 0;
        while (at < list.Length)
        {
            ulong id = 0;
            for (; list[at] != ' '; at++)
            {
                id = (id * 10) + (ulong)(list[at] - '0');
            }

            ReadOnlySpan<byte> point = TakePoint(list, ref at);
            if (point.StartsWith(top) && point.Length > top.Length && point[top.Length] == '/')
            {
                MakeReadOnly(point, id, orFail);
            }
        }
    }

    private static void MakeReadOnly(ReadOnlySpan<byte> point, ulong id, bool orFail)
    {
        fixed (byte* path = new CText(point, stackalloc byte[CText.StackLength]))
        {
            int fd = LibC.openat64(Abi.AT_FDCWD, path, Abi.O_PATH | Abi.O_NOFOLLOW | Abi.O_CLOEXEC, 0);
            Errno failed = fd < 0 ? LinuxException.LastErrno : IdOf(fd) == id ? Errno.None : Errno.EBUSY;
            if (failed == Errno.None)
            {
                MakeOneReadOnly(fd);
            }

            _ = LibC.close(fd);
            if (orFail && failed != Errno.None)
            {
                throw new LinuxException("mount", System.Text.Encoding.UTF8.GetString(point), failed);
            }
        }
    }

    /// <summary>From behind the first field of a line to the start of the next line.</summary>
    /// <returns>The mount point; decoded in place, since it only becomes shorter.</returns>
    private static ReadOnlySpan<byte> TakePoint(byte[] list, ref int at)
    {
        int start = at;
        int length = 0;
        int field = 0;
        for (; list[at] != '\n'; at++)
        {
            byte next = list[at];
            if (next == ' ')
            {
                field++;
            }
            else if (field == PointField)
            {
                if (next == '\\')
                {
                    // Space, tab, line end and backslash are written as a backslash and three octal digits.
                    next = (byte)(((list[at + 1] - '0') << 6) | ((list[at + 2] - '0') << 3) | (list[at + 3] - '0'));
                    at += 3;
                }

                list[start + length++] = next;
            }
        }

        at++;
        return new ReadOnlySpan<byte>(list, start, length);
    }
}
