using System.Text;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>Which limits this machine can set: <c>/info</c> shows it, and create warns about what is asked for in vain.</summary>
/// <remarks>Docker's own tests, so that the same machine gives the same warnings.</remarks>
/// <param name="Version">1 (also hybrid) or 2.</param>
/// <param name="Driver"><c>cgroupfs</c> or <c>systemd</c>.</param>
public sealed record CgroupFacts(int Version, string Driver)
{
    public const string Systemd = "systemd";

    public const string Cgroupfs = "cgroupfs";

    public bool LimitsMemory { get; init; }

    public bool LimitsSwap { get; init; }

    public bool ReservesMemory { get; init; }

    public bool HasSwappiness { get; init; }

    public bool CanDisableOomKill { get; init; }

    public bool HasCpuShares { get; init; }

    public bool HasCpuQuota { get; init; }

    public bool HasRealtime { get; init; }

    public bool HasCpuset { get; init; }

    /// <summary>As the kernel lists them (<c>0-3,5</c>); empty when it does not say.</summary>
    public string Processors { get; init; } = "";

    /// <inheritdoc cref="Processors"/>
    public string MemoryNodes { get; init; } = "";

    public bool LimitsPids { get; init; }

    public BlockIoFacts BlockIo { get; init; } = new();

    /// <summary>A v1 controller, or v2, whose programs do it.</summary>
    public bool ConfinesDevices { get; init; }

    public bool IsSystemd => Driver == Systemd;

    public static CgroupFacts Of(CgroupHierarchies hierarchies, string driver)
    {
        CgroupHierarchy? memory = hierarchies.Find(CgroupControllers.Memory);
        CgroupHierarchy? cpu = hierarchies.Find(CgroupControllers.Cpu);
        CgroupHierarchy? cpuset = hierarchies.Find(CgroupControllers.Cpuset);
        return new CgroupFacts(hierarchies.Version, driver)
        {
            LimitsMemory = memory is not null,
            LimitsSwap = memory is not null && (memory.IsUnified ? AccountsSwap(memory) : memory.HasFile("memory.memsw.limit_in_bytes")),
            ReservesMemory = Has(memory, "memory.soft_limit_in_bytes", alsoUnified: true),
            HasSwappiness = Has(memory, "memory.swappiness"),
            CanDisableOomKill = Has(memory, "memory.oom_control"),
            HasCpuShares = Has(cpu, "cpu.shares", alsoUnified: true),
            HasCpuQuota = Has(cpu, "cpu.cfs_quota_us", alsoUnified: true),
            HasRealtime = Has(cpu, "cpu.rt_period_us"),
            HasCpuset = cpuset is not null,
            Processors = ListOf(cpuset, "cpuset.cpus"),
            MemoryNodes = ListOf(cpuset, "cpuset.mems"),
            LimitsPids = hierarchies.Find(CgroupControllers.Pids) is not null,
            BlockIo = BlockIoFacts.Of(hierarchies.Find(CgroupControllers.BlockIo)),
            ConfinesDevices = hierarchies.Find(CgroupControllers.Devices) is not null || hierarchies.Unified is not null,
        };
    }

    /// <param name="file">Of v1, in its root; v2 has what it has whenever the controller is there, but shows no files in its root.</param>
    internal static bool Has(CgroupHierarchy? hierarchy, string file, bool alsoUnified = false)
        => hierarchy is not null && (hierarchy.IsUnified ? alsoUnified : hierarchy.HasFile(file));

    /// <summary>Asked of the cgroup that we are in; in the root, of the kernel, which accounts whenever it can swap.</summary>
    private static bool AccountsSwap(CgroupHierarchy memory)
    {
        string own = OwnPath();
        return own.Length > 1 ? memory.HasFile(own[1..] + "/memory.swap.max") : KernelFile.TryRead("/proc/swaps", out _);
    }

    private static string OwnPath()
    {
        const string Unified = "0::";
        string text = KernelFile.TryRead("/proc/self/cgroup", out byte[]? content) ? Encoding.UTF8.GetString(content) : "";
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(Unified, StringComparison.Ordinal))
            {
                return line[Unified.Length..];
            }
        }

        return "";
    }

    private static string ListOf(CgroupHierarchy? cpuset, string file)
        => cpuset is not null
            && KernelFile.TryRead($"{cpuset.MountPoint}/{file}{(cpuset.IsUnified ? ".effective" : "")}", out byte[]? list)
            ? Encoding.ASCII.GetString(list).Trim() : "";
}

/// <summary>What of block devices can be limited.</summary>
public sealed record BlockIoFacts
{
    public bool HasWeight { get; init; }

    public bool HasDeviceWeight { get; init; }

    public bool LimitsReadBytes { get; init; }

    public bool LimitsWriteBytes { get; init; }

    public bool LimitsReads { get; init; }

    public bool LimitsWrites { get; init; }

    internal static BlockIoFacts Of(CgroupHierarchy? blkio) => new()
    {
        HasWeight = CgroupFacts.Has(blkio, "blkio.weight", alsoUnified: true),
        HasDeviceWeight = CgroupFacts.Has(blkio, "blkio.weight_device", alsoUnified: true),
        LimitsReadBytes = CgroupFacts.Has(blkio, "blkio.throttle.read_bps_device", alsoUnified: true),
        LimitsWriteBytes = CgroupFacts.Has(blkio, "blkio.throttle.write_bps_device", alsoUnified: true),
        LimitsReads = CgroupFacts.Has(blkio, "blkio.throttle.read_iops_device", alsoUnified: true),
        LimitsWrites = CgroupFacts.Has(blkio, "blkio.throttle.write_iops_device", alsoUnified: true),
    };
}
