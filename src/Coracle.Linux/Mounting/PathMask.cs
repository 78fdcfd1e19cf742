using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>Covers what a container is not to see.</summary>
public static class PathMask
{
    /// <summary>A directory under an empty read-only tmpfs, anything else under the null device.</summary>
    /// <param name="nullDevice">A handle of a node that was seen to be c 1:3.</param>
    public static void Cover(SafeHandle target, SafeHandle nullDevice, string name)
    {
        using var there = new Borrowed(target);
        using var nothing = new Borrowed(nullDevice);
        int errno = LaunchWalker.Mask(there.Fd, nothing.Fd);
        if (errno != 0)
        {
            throw new LinuxException("mount", $"mask on {name}", (Errno)errno);
        }
    }
}
