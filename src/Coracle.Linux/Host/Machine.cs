namespace Coracle.Linux;

/// <summary>What the machine (or the calling process's UTS namespace) says about itself, and what it can be told.</summary>
public static unsafe class Machine
{
    /// <summary>Bytes of memory the kernel manages.</summary>
    public static long MemoryBytes => (long)LibC.sysconf(Abi._SC_PHYS_PAGES) * LibC.sysconf(Abi._SC_PAGESIZE);

    public static void SetHostName(string name)
    {
        var text = new CText(name, stackalloc byte[CText.StackLength]);
        fixed (byte* cName = text)
        {
            if (LibC.sethostname(cName, (nuint)text.Bytes.Length) != 0)
            {
                throw LinuxException.FromLastError("sethostname", name);
            }
        }
    }

    public static void SetDomainName(string name)
    {
        var text = new CText(name, stackalloc byte[CText.StackLength]);
        fixed (byte* cName = text)
        {
            if (LibC.setdomainname(cName, (nuint)text.Bytes.Length) != 0)
            {
                throw LinuxException.FromLastError("setdomainname", name);
            }
        }
    }
}
