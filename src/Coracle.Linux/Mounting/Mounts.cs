namespace Coracle.Linux;

/// <summary>mount(2) and umount(2) in the calling thread's mount namespace.</summary>
public static unsafe class Mounts
{
    /// <summary>mount(2) reads one page; what is beyond it would be cut off without a word.</summary>
    public const int MaxDataLength = 4095;

    /// <param name="target">A path that cannot be moved under us: of our own directories, or <c>/proc/self/fd/N</c> of a pinned one.</param>
    /// <param name="data">File system options, e.g. <c>lowerdir=…,upperdir=…</c> for overlay.</param>
    public static void Mount(string source, string target, string type, MountFlags flags, string data = "")
    {
        var cText = new CText(data, stackalloc byte[CText.StackLength]);
        if (cText.Bytes.Length > MaxDataLength)
        {
            throw new LinuxException("mount", $"{type} on {target} ({cText.Bytes.Length} bytes of options)", Errno.E2BIG);
        }

        fixed (byte* cSource = new CText(source, stackalloc byte[CText.StackLength]),
            cTarget = new CText(target, stackalloc byte[CText.StackLength]),
            cType = new CText(type, stackalloc byte[CText.StackLength]),
            cData = cText)
        {
            if (LibC.mount(cSource, cTarget, cType, (nuint)(uint)flags, cData) != 0)
            {
                throw LinuxException.FromLastError("mount", $"{type} on {target} ({(uint)flags:x}, {data})");
            }
        }
    }

    /// <summary>The directory or file <paramref name="source"/> also appears at <paramref name="target"/>.</summary>
    public static void Bind(string source, string target, bool recursive = false)
        => Mount(source, target, "", recursive ? MountFlags.Bind | MountFlags.Recursive : MountFlags.Bind);

    /// <summary>Changes how mounts propagate: one of Private, Slave, Shared, Unbindable, and Recursive.</summary>
    public static void SetPropagation(string target, MountFlags propagation) => Mount("", target, "", propagation);

    /// <summary>Out of sight at once, gone with its last user. A link at the target is not followed.</summary>
    public static void Detach(string target) => Unmount(target, Abi.MNT_DETACH | Abi.UMOUNT_NOFOLLOW);

    /// <summary>EBUSY while anything uses it.</summary>
    public static void Unmount(string target) => Unmount(target, Abi.UMOUNT_NOFOLLOW);

    private static void Unmount(string target, int flags)
    {
        fixed (byte* cTarget = new CText(target, stackalloc byte[CText.StackLength]))
        {
            if (LibC.umount2(cTarget, flags) != 0)
            {
                throw LinuxException.FromLastError("umount", target);
            }
        }
    }
}
