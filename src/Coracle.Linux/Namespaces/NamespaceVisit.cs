using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>
/// The calling thread's stay in other namespaces: it goes there, prepares what a container needs, forks, and comes back by
/// <see cref="Dispose"/>. So the monitor itself is never left in a container's namespaces and holds none of its mounts.
/// </summary>
/// <remarks>One thread from beginning to end; its working directory and umask are its own from the first mount namespace on.</remarks>
public sealed class NamespaceVisit : IDisposable
{
    private readonly SafeFileHandle?[] _homes = new SafeFileHandle?[Kinds.Length];

    // The mount namespace last: while it is foreign, /proc may be too, but descriptors are enough to go home.
    private static ReadOnlySpan<NamespaceKinds> Kinds
        => [NamespaceKinds.Network, NamespaceKinds.Ipc, NamespaceKinds.Uts, NamespaceKinds.Mount];

    internal static string NameOf(NamespaceKinds kind) => kind switch
    {
        NamespaceKinds.Network => "net",
        NamespaceKinds.Ipc => "ipc",
        NamespaceKinds.Uts => "uts",
        NamespaceKinds.Mount => "mnt",
        NamespaceKinds.Cgroup => "cgroup",
        NamespaceKinds.Pid => "pid",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <param name="fresh">New ones to make: any of Mount, Network, Ipc and Uts.</param>
    public void Unshare(NamespaceKinds fresh)
    {
        foreach (NamespaceKinds kind in Kinds)
        {
            if ((fresh & kind) != 0)
            {
                RememberHome(kind);
            }
        }

        if (LibC.unshare((int)fresh) != 0)
        {
            throw LinuxException.FromLastError("unshare", $"{(uint)fresh:x}");
        }
    }

    public void Join(SafeFileHandle space, NamespaceKinds kind)
    {
        // setns to a mount namespace, and the way home, wants a root and a working directory that no other thread shares.
        if (kind == NamespaceKinds.Mount && LibC.unshare(Abi.CLONE_FS) != 0)
        {
            throw LinuxException.FromLastError("unshare", "root and working directory");
        }

        RememberHome(kind);
        using var self = new Borrowed(space);
        if (LibC.setns(self.Fd, (int)kind) != 0)
        {
            throw LinuxException.FromLastError("setns", NameOf(kind));
        }
    }

    /// <param name="path">A namespace's file: <c>/proc/PID/ns/net</c>.</param>
    public static SafeFileHandle Open(string path)
    {
        var text = new CText(path, stackalloc byte[CText.StackLength]);
        int fd = OpenRaw(text);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.FromLastError("open", path);
    }

    /// <summary>Home again. A thread that cannot return would do the monitor's work inside a container, so it ends the process.</summary>
    public void Dispose()
    {
        for (int i = 0; i < Kinds.Length; i++)
        {
            if (_homes[i] is not { } home)
            {
                continue;
            }

            using (var self = new Borrowed(home))
            {
                if (LibC.setns(self.Fd, (int)Kinds[i]) != 0)
                {
                    Environment.FailFast(LinuxException.FromLastError("setns", $"back to our own {NameOf(Kinds[i])} namespace").Message);
                }
            }

            home.Dispose();
            _homes[i] = null;
        }
    }

    private void RememberHome(NamespaceKinds kind)
    {
        int index = Kinds.Length - 1;
        while (index >= 0 && Kinds[index] != kind) // IndexOf of an enum is done by reflection, and the monitor is to be small
        {
            index--;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(kind));
        _homes[index] ??= Open("/proc/thread-self/ns/" + NameOf(kind));
    }

    private static unsafe int OpenRaw(CText path)
    {
        fixed (byte* cPath = path)
        {
            return LibC.openat64(Abi.AT_FDCWD, cPath, Abi.O_RDONLY | Abi.O_CLOEXEC, 0);
        }
    }
}
