using System.Text;

namespace Coracle.Linux;

/// <summary>The names of the calling thread's UTS namespace, and the loopback interface of its network namespace.</summary>
public static unsafe class HostIdentity
{
    /// <summary>Bytes, HOST_NAME_MAX; longer is EINVAL.</summary>
    public const int MaxName = 64;

    public static void SetHostname(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* text = bytes)
        {
            if (LibC.sethostname(text, (nuint)bytes.Length) != 0)
            {
                throw LinuxException.FromLastError("sethostname", name);
            }
        }
    }

    public static void SetDomainname(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* text = bytes)
        {
            if (LibC.setdomainname(text, (nuint)bytes.Length) != 0)
            {
                throw LinuxException.FromLastError("setdomainname", name);
            }
        }
    }

    /// <summary>A new network namespace has lo, and it is down.</summary>
    public static void BringLoopbackUp()
    {
        const int DatagramCloseOnExec = 2 | Abi.O_CLOEXEC;
        const int InternetFamily = 2;
        int fd = LibC.socket(InternetFamily, DatagramCloseOnExec, 0);
        if (fd < 0)
        {
            throw LinuxException.FromLastError("socket", "AF_INET");
        }

        // struct ifreq: 16 bytes of name, then a union of which ifr_flags is the first 2; 40 bytes are as long as any port's.
        byte* request = stackalloc byte[40];
        "lo"u8.CopyTo(new Span<byte>(request, 40));
        int result = LibC.ioctl(fd, Abi.SIOCGIFFLAGS, request);
        if (result == 0)
        {
            *(short*)(request + 16) |= Abi.IFF_UP;
            result = LibC.ioctl(fd, Abi.SIOCSIFFLAGS, request);
        }

        Errno errno = result == 0 ? Errno.None : LinuxException.LastErrno;
        _ = LibC.close(fd);
        if (result != 0)
        {
            throw new LinuxException("ioctl", "lo up", errno);
        }
    }
}
