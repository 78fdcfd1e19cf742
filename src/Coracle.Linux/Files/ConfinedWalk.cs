using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>
/// What openat2(RESOLVE_IN_ROOT) does, for kernels without it: one component at a time, never letting the kernel follow a link.
/// </summary>
/// <remarks>
/// ".." goes back to the descriptor we came from, not to what the kernel calls the parent by then: a directory that somebody moves
/// out of the root during the walk takes nobody with it.
/// </remarks>
internal static unsafe class ConfinedWalk
{
    /// <summary>The kernel's own limit, MAXSYMLINKS.</summary>
    private const int MaxLinks = 40;

    /// <summary>Each level holds a descriptor. Deeper trees exist only to hurt.</summary>
    private const int MaxDepth = 256;

    /// <returns>A descriptor, or -1 with errno: the same answers as openat2's.</returns>
    internal static int Open(int root, ReadOnlySpan<byte> path, int flags)
    {
        _ = new CText(path, stackalloc byte[CText.StackLength]); // refuses a NUL before anything is open
        Span<int> opened = stackalloc int[MaxDepth];
        int depth = 0;
        Errno failed = Errno.None;
        int result = Walk(root, path.ToArray(), flags, opened, ref depth, ref failed);
        CloseAll(opened, ref depth);
        Marshal.SetLastPInvokeError((int)failed);
        return result;
    }

    private static int Walk(int root, byte[] rest, int flags, Span<int> opened, ref int depth, ref Errno failed)
    {
        int links = 0;
        ReadOnlySpan<byte> remaining = rest;
        while (true)
        {
            ReadOnlySpan<byte> component = Next(ref remaining);
            int current = depth > 0 ? opened[depth - 1] : root;
            if (component.IsEmpty)
            {
                return OpenLast(current, "."u8, flags, ref failed);
            }

            if (component.SequenceEqual(".."u8))
            {
                if (depth > 0)
                {
                    _ = LibC.close(opened[--depth]);
                }

                continue;
            }

            byte[]? target = ReadLink(current, component, ref failed);
            if (failed != Errno.None)
            {
                return -1;
            }

            if (target is not null)
            {
                if (++links > MaxLinks || target.Length + remaining.Length >= DirectoryHandle.PathMax)
                {
                    failed = links > MaxLinks ? Errno.ELOOP : Errno.ENAMETOOLONG;
                    return -1;
                }

                if (target[0] == (byte)'/')
                {
                    CloseAll(opened, ref depth);
                }

                remaining = (byte[])[.. target, .. remaining]; // what remains begins with its slash
                continue;
            }

            if (remaining.IsEmpty)
            {
                return OpenLast(current, component, flags, ref failed);
            }

            if (depth == MaxDepth)
            {
                failed = Errno.ENAMETOOLONG;
                return -1;
            }

            int next = OpenLast(current, component, Abi.O_PATH | Abi.O_DIRECTORY, ref failed);
            if (next < 0)
            {
                return -1;
            }

            opened[depth++] = next;
        }
    }

    /// <summary>Cuts the next component off; "." and empty ones are passed over. Empty at the end.</summary>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> remaining)
    {
        while (true)
        {
            remaining = remaining.TrimStart((byte)'/');
            int slash = remaining.IndexOf((byte)'/');
            ReadOnlySpan<byte> component = slash < 0 ? remaining : remaining[..slash];
            remaining = slash < 0 ? [] : remaining[slash..];
            if (!component.SequenceEqual("."u8))
            {
                return component;
            }
        }
    }

    /// <returns>Null when it is no link.</returns>
    private static byte[]? ReadLink(int directory, ReadOnlySpan<byte> component, ref Errno failed)
    {
        byte* target = stackalloc byte[DirectoryHandle.PathMax];
        fixed (byte* cName = new CText(component, stackalloc byte[CText.StackLength]))
        {
            nint length = LibC.readlinkat(directory, cName, target, DirectoryHandle.PathMax);
            if (length > 0)
            {
                return new ReadOnlySpan<byte>(target, (int)length).ToArray();
            }

            failed = length == 0 ? Errno.ENOENT : LinuxException.LastErrno is Errno.EINVAL ? Errno.None : LinuxException.LastErrno;
            return null;
        }
    }

    private static int OpenLast(int directory, ReadOnlySpan<byte> component, int flags, ref Errno failed)
    {
        fixed (byte* cName = new CText(component, stackalloc byte[CText.StackLength]))
        {
            int fd = LibC.openat64(directory, cName, flags | Abi.O_NOFOLLOW | Abi.O_CLOEXEC, 0);
            failed = fd < 0 ? LinuxException.LastErrno : Errno.None;
            return fd;
        }
    }

    private static void CloseAll(Span<int> opened, ref int depth)
    {
        while (depth > 0)
        {
            _ = LibC.close(opened[--depth]);
        }
    }
}
