using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>A pseudo-terminal of a container's own devpts: the monitor's end, and the container's.</summary>
/// <remarks>
/// The container's end is opened from the master itself (TIOCGPTPEER, Linux 4.13), never by a name under /dev/pts that something could
/// have replaced (CVE-2025-52565).
/// </remarks>
public sealed unsafe class TerminalPair : IDisposable
{
    private TerminalPair(SafeFileHandle master, SafeFileHandle terminal)
    {
        Master = master;
        Terminal = terminal;
    }

    public SafeFileHandle Master { get; }

    public SafeFileHandle Terminal { get; }

    /// <param name="devpts">The root of a devpts mount; what is called ptmx there is looked at before it is opened, since a container
    /// that runs may have put anything in its place.</param>
    /// <exception cref="LinuxException">ENODEV: it is not the multiplexer.</exception>
    public static TerminalPair Open(DirectoryHandle devpts)
    {
        const uint Major = 5, Minor = 2;
        if (devpts.Stat("ptmx"u8) is not { Kind: FileKind.CharacterDevice, DeviceMajor: Major, DeviceMinor: Minor })
        {
            throw new LinuxException("open", "ptmx", Errno.ENODEV);
        }

        fixed (byte* name = "ptmx"u8)
        {
            int fd = LibC.openat64(devpts.Descriptor, name, Abi.O_RDWR | Abi.O_NOCTTY | Abi.O_CLOEXEC | Abi.O_NOFOLLOW, 0);
            if (fd < 0)
            {
                throw LinuxException.FromLastError("open", "ptmx");
            }

            var master = new SafeFileHandle(fd, ownsHandle: true);
            int unlock = 0;
            int peer = LibC.ioctl(fd, Abi.TIOCSPTLCK, &unlock) != 0
                ? -1
                : LibC.ioctl(fd, Abi.TIOCGPTPEER, (void*)(Abi.O_RDWR | Abi.O_NOCTTY | Abi.O_CLOEXEC));
            if (peer < 0)
            {
                var failure = LinuxException.FromLastError("ioctl", "ptmx");
                master.Dispose();
                throw failure;
            }

            return new TerminalPair(master, new SafeFileHandle(peer, ownsHandle: true));
        }
    }

    public void Dispose()
    {
        Master.Dispose();
        Terminal.Dispose();
    }
}
