using System.Text;

namespace Coracle.Linux;

/// <summary>The trees of cgroups of this machine: one per controller (v1), one for all (v2), or both (hybrid).</summary>
/// <remarks>Read from our own mount namespace's table, since distributions mount them where they please.</remarks>
public sealed class CgroupHierarchies
{
    /// <summary>Ten thousand mounts of 400 bytes; a machine with more has other troubles.</summary>
    private const int MountTableLimit = 4 * 1024 * 1024;

    private readonly List<CgroupHierarchy> _all;

    private CgroupHierarchies(List<CgroupHierarchy> all) => _all = all;

    /// <summary>No two of them are the same tree.</summary>
    public IReadOnlyList<CgroupHierarchy> All => _all;

    /// <summary>2 when the controllers are in the unified tree (and no other tree is mounted), else 1.</summary>
    public int Version => _all.Count == 1 && _all[0].IsUnified ? 2 : 1;

    public static CgroupHierarchies Discover()
        => Parse(KernelFile.Read("/proc/self/mountinfo", MountTableLimit), ControllersOfUnified);

    /// <param name="mountTable"><c>/proc/PID/mountinfo</c>.</param>
    /// <param name="unifiedControllers">The content of <c>cgroup.controllers</c> at a mount point.</param>
    internal static CgroupHierarchies Parse(ReadOnlySpan<byte> mountTable, Func<string, byte[]> unifiedControllers)
    {
        var all = new List<CgroupHierarchy>();
        while (!mountTable.IsEmpty)
        {
            int end = mountTable.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? mountTable : mountTable[..end];
            mountTable = end < 0 ? [] : mountTable[(end + 1)..];
            if (OfLine(line, unifiedControllers) is { } hierarchy && !Contains(all, hierarchy))
            {
                all.Add(hierarchy);
            }
        }

        return new CgroupHierarchies(all);
    }

    /// <returns>The tree in which this controller is, or null when the machine does not have it.</returns>
    public CgroupHierarchy? Find(CgroupControllers controller)
    {
        foreach (CgroupHierarchy hierarchy in _all)
        {
            if ((hierarchy.Controllers & controller) == controller)
            {
                return hierarchy;
            }
        }

        return null;
    }

    /// <summary>The v2 tree, with or without controllers.</summary>
    public CgroupHierarchy? Unified
    {
        get
        {
            foreach (CgroupHierarchy hierarchy in _all)
            {
                if (hierarchy.IsUnified)
                {
                    return hierarchy;
                }
            }

            return null;
        }
    }

    /// <summary>36 35 98:0 /root /mount/point rw,noatime master:1 - cgroup source rw,cpu,cpuacct</summary>
    private static CgroupHierarchy? OfLine(ReadOnlySpan<byte> line, Func<string, byte[]> unifiedControllers)
    {
        int separator = line.IndexOf(" - "u8);
        if (separator < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = line[(separator + 3)..];
        bool unified = rest.StartsWith("cgroup2 "u8);
        if (!unified && !rest.StartsWith("cgroup "u8))
        {
            return null;
        }

        string mountPoint = Unescape(Field(line, 4));
        CgroupControllers controllers = unified
            ? Controllers(unifiedControllers(mountPoint), (byte)' ')
            : Controllers(Field(rest, 2), (byte)',');
        return unified || controllers != CgroupControllers.None ? new CgroupHierarchy(mountPoint, unified, controllers) : null;
    }

    private static byte[] ControllersOfUnified(string mountPoint)
        => KernelFile.TryRead(mountPoint + "/cgroup.controllers", out byte[]? content) ? content : [];

    private static bool Contains(List<CgroupHierarchy> all, CgroupHierarchy candidate)
    {
        foreach (CgroupHierarchy known in all)
        {
            if (known.IsUnified == candidate.IsUnified && (known.IsUnified || known.Controllers == candidate.Controllers))
            {
                return true; // mounted twice
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int index)
    {
        for (int skipped = 0; skipped < index; skipped++)
        {
            int space = line.IndexOf((byte)' ');
            if (space < 0)
            {
                return [];
            }

            line = line[(space + 1)..];
        }

        int end = line.IndexOf((byte)' ');
        return end < 0 ? line : line[..end];
    }

    private static CgroupControllers Controllers(ReadOnlySpan<byte> list, byte separator)
    {
        var found = CgroupControllers.None;
        list = list.TrimEnd((byte)'\n');
        while (!list.IsEmpty)
        {
            int end = list.IndexOf(separator);
            found |= Controller(end < 0 ? list : list[..end]);
            list = end < 0 ? [] : list[(end + 1)..];
        }

        return found;
    }

    private static CgroupControllers Controller(ReadOnlySpan<byte> name)
        => name.SequenceEqual("cpu"u8) ? CgroupControllers.Cpu
        : name.SequenceEqual("cpuacct"u8) ? CgroupControllers.CpuAccounting
        : name.SequenceEqual("cpuset"u8) ? CgroupControllers.Cpuset
        : name.SequenceEqual("memory"u8) ? CgroupControllers.Memory
        : name.SequenceEqual("devices"u8) ? CgroupControllers.Devices
        : name.SequenceEqual("freezer"u8) ? CgroupControllers.Freezer
        : name.SequenceEqual("blkio"u8) || name.SequenceEqual("io"u8) ? CgroupControllers.BlockIo
        : name.SequenceEqual("pids"u8) ? CgroupControllers.Pids
        : name.SequenceEqual("perf_event"u8) ? CgroupControllers.PerfEvent
        : name.SequenceEqual("net_cls"u8) ? CgroupControllers.NetClass
        : name.SequenceEqual("net_prio"u8) ? CgroupControllers.NetPriority
        : name.SequenceEqual("hugetlb"u8) ? CgroupControllers.HugeTlb
        : name.SequenceEqual("rdma"u8) ? CgroupControllers.Rdma
        : name.SequenceEqual("misc"u8) ? CgroupControllers.Misc
        : name.SequenceEqual("name=systemd"u8) ? CgroupControllers.Systemd
        : CgroupControllers.None;

    /// <summary>The table writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(ReadOnlySpan<byte> field)
    {
        Span<byte> plain = new byte[field.Length];
        int length = 0;
        for (int index = 0; index < field.Length; index++)
        {
            if (field[index] == (byte)'\\' && index + 3 < field.Length)
            {
                plain[length++] = (byte)(((field[index + 1] - '0') << 6) | ((field[index + 2] - '0') << 3) | (field[index + 3] - '0'));
                index += 3;
                continue;
            }

            plain[length++] = field[index];
        }

        return Encoding.UTF8.GetString(plain[..length]);
    }
}
