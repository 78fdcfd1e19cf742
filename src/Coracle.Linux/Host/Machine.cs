using System.Numerics;

namespace Coracle.Linux;

/// <summary>What the machine (or the calling process's UTS namespace) says about itself, and what it can be told.</summary>
public static unsafe class Machine
{
    /// <summary>8192 processors, the kernel's own maximum: with room for fewer than it was built for, the call fails.</summary>
    private const int AffinityWords = 128;

    /// <summary>Bytes of memory the kernel manages.</summary>
    public static long MemoryBytes => (long)LibC.sysconf(Abi._SC_PHYS_PAGES) * LibC.sysconf(Abi._SC_PAGESIZE);

    /// <summary>
    /// Processors that this thread may run on. Docker counts the same; .NET's own count is never more than the quota of the caller's cgroup,
    /// which says nothing about the cgroups of containers.
    /// </summary>
    public static int CountProcessors()
    {
        ulong* mask = stackalloc ulong[AffinityWords];
        if (LibC.sched_getaffinity(0, AffinityWords * sizeof(ulong), mask) != 0)
        {
            throw LinuxException.FromLastError("sched_getaffinity", "this thread");
        }

        int count = 0;
        foreach (ulong word in new ReadOnlySpan<ulong>(mask, AffinityWords))
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

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
