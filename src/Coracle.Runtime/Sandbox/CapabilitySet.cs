using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Linux capabilities as a 64-bit mask, and Docker's way of asking for them.</summary>
public static class CapabilitySet
{
    /// <summary>CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP.</summary>
    public const ulong DockerDefault = 0xa80425fb;

    private const string Prefix = "CAP_";

    private const string All = "ALL";

    // linux/capability.h: the index is the number.
    private static readonly string[] _names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>Every one that this engine could give: its own bounding set. <c>--privileged</c> and <c>ALL</c>.</summary>
    public static ulong Grantable => BoundingSet.Read();

    /// <summary>What a container gets: the default set with additions and removals, as Moby combines them, within what we have.</summary>
    /// <param name="add"><c>NET_ADMIN</c>, <c>cap_net_admin</c> or <c>ALL</c>.</param>
    /// <param name="drop">The same; removals win over the default set, additions win over <c>ALL</c> being dropped.</param>
    /// <param name="grantable"><see cref="Grantable"/>.</param>
    /// <exception cref="FormatException">In Docker's words, naming the one that does not exist.</exception>
    public static ulong Combine(IReadOnlyList<string> add, IReadOnlyList<string> drop, ulong grantable)
    {
        ulong added = Parse(add, "CapAdd", out bool addAll);
        ulong dropped = Parse(drop, "CapDrop", out bool dropAll);
        ulong set = addAll ? grantable & ~dropped
            : dropAll ? added
            : (DockerDefault & ~dropped) | added;
        return set & grantable;
    }

    /// <param name="option">For the message: <c>CapAdd</c> or <c>CapDrop</c>.</param>
    /// <param name="all">Whether <c>ALL</c> was among them.</param>
    /// <exception cref="FormatException"><c>invalid CapAdd: unknown capability: "CAP_X"</c>.</exception>
    public static ulong Parse(IReadOnlyList<string> names, string option, out bool all)
    {
        all = false;
        ulong set = 0;
        foreach (string given in names)
        {
            string name = given.Trim().ToUpperInvariant();
            if (name == All)
            {
                all = true;
                continue;
            }

            string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
            int number = Array.IndexOf(_names, bare);
            if (number < 0)
            {
                throw new FormatException($"invalid {option}: unknown capability: \"{Prefix}{bare}\"");
            }

            set |= 1UL << number;
        }

        return set;
    }

    /// <param name="name">With its prefix, in capitals: <c>CAP_SYS_ADMIN</c>.</param>
    /// <returns>Less than 0 when there is none of that name.</returns>
    internal static int NumberOf(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? Array.IndexOf(_names, name[Prefix.Length..]) : -1;
}
