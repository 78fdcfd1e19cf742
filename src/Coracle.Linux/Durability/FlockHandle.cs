using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// An exclusive flock, held for life: whoever holds it is the owner, and the kernel lets go of it when the owner dies however it dies.
/// Never a pid file: a pid may belong to somebody else by now.
/// </summary>
public sealed class FlockHandle : IDisposable
{
    private const int MillisecondsBetweenTries = 10;

    private readonly SafeFileHandle _file;

    private FlockHandle(SafeFileHandle file) => _file = file;

    /// <summary>Makes the lock file when it is missing. The file is never removed: another process may be about to lock that very inode.</summary>
    /// <returns>False when somebody else holds it.</returns>
    public static bool TryTake(DirectoryHandle directory, string name, [NotNullWhen(true)] out FlockHandle? held)
    {
        SafeFileHandle file = directory.OpenReadWrite(name);
        held = TryLock(file, directory, name) ? new FlockHandle(file) : null;
        if (held is null)
        {
            file.Dispose();
        }

        return held is not null;
    }

    /// <summary>
    /// The same from an owner that is going, waiting at most <paramref name="patience"/> for it. There is no event for that: the kernel
    /// releases what a dying process holds one after the other, and a child that it was just starting holds its descriptors until its execve.
    /// </summary>
    /// <remarks>Blocking.</remarks>
    public static bool TryTake(DirectoryHandle directory, string name, TimeSpan patience, [NotNullWhen(true)] out FlockHandle? held)
    {
        long end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!TryTake(directory, name, out held) && Environment.TickCount64 < end)
        {
            Thread.Sleep(MillisecondsBetweenTries);
        }

        return held is not null;
    }

    /// <summary>Whether somebody (this process included) holds it right now; a missing file is held by nobody.</summary>
    public static bool IsHeld(DirectoryHandle directory, string name)
    {
        if (!directory.TryOpenRead(name, out SafeFileHandle? file))
        {
            return false;
        }

        using (file)
        {
            return !TryLock(file, directory, name);
        }
    }

    /// <summary>For handing on: the lock lasts as long as any duplicate of this descriptor, in whichever process.</summary>
    public SafeFileHandle File => _file;

    /// <summary>Lets go, unless a duplicate was handed on.</summary>
    public void Dispose() => _file.Dispose();

    private static bool TryLock(SafeFileHandle file, DirectoryHandle directory, string name)
    {
        using var self = new Borrowed(file);
        return LibC.flock(self.Fd, Abi.LOCK_EX | Abi.LOCK_NB) == 0
            || (LinuxException.LastErrno == Errno.EAGAIN ? false : throw LinuxException.FromLastError("flock", $"{directory}/{name}"));
    }
}
