namespace Coracle.Linux;

/// <summary>Random bytes that nobody can foresee, without the C library's or .NET's generators.</summary>
public static unsafe class KernelRandom
{
    public static ushort NextUInt16()
    {
        ushort value;
        while (LibC.getrandom(&value, sizeof(ushort), 0) != sizeof(ushort))
        {
            if (LinuxException.LastErrno != Errno.EINTR)
            {
                throw LinuxException.FromLastError("getrandom", "");
            }
        }

        return value;
    }
}
