using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Docker's CapAdd and CapDrop as the kernel's bits.</summary>
internal static class CapabilityNames
{
    // The kernel's numbers, 0 first: include/uapi/linux/capability.h
    private static readonly string[] _names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    private static readonly string[] _defaults =
    [
        "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE",
        "SYS_CHROOT", "KILL", "AUDIT_WRITE",
    ];

    private static ulong All => (1UL << _names.Length) - 1;

    /// <exception cref="EngineException">A name that is no capability's.</exception>
    public static ulong Choose(HostConfig host)
    {
        (ulong added, bool addAll) = Parse(host.CapAdd, "CapAdd");
        (ulong dropped, bool dropAll) = Parse(host.CapDrop, "CapDrop");
        ulong start = addAll ? All : dropAll ? 0 : Bits(_defaults);
        return addAll ? start & ~dropped : (start & ~dropped) | added;
    }

    private static (ulong Bits, bool All) Parse(IReadOnlyList<string>? texts, string option)
    {
        ulong bits = 0;
        bool all = false;
        foreach (string text in texts ?? [])
        {
            string name = text.ToUpperInvariant();
            if (name == "ALL")
            {
                all = true;
                continue;
            }

            int bit = Array.IndexOf(_names, name.StartsWith("CAP_", StringComparison.Ordinal) ? name[4..] : name);
            bits |= bit >= 0 ? 1UL << bit : throw new EngineException(Refusal.InvalidArgument, $"invalid {option}: unknown capability: \"{text}\"");
        }

        return (bits, all);
    }

    private static ulong Bits(string[] names)
    {
        ulong bits = 0;
        foreach (string name in names)
        {
            bits |= 1UL << Array.IndexOf(_names, name);
        }

        return bits;
    }
}
