using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Which limits this machine can set: <c>/info</c> shows it, and create warns about what is asked for in vain.</summary>
/// <param name="Version">1 (also hybrid) or 2.</param>
public sealed record CgroupSupport(
    int Version, bool MemoryLimit, bool SwapLimit, bool OomKillDisable, bool CpuShares, bool CpuQuota, bool Cpuset, bool PidsLimit)
{
    public static CgroupSupport Probe() => Of(CgroupHierarchies.Discover());

    internal static CgroupSupport Of(CgroupHierarchies hierarchies)
    {
        bool memory = hierarchies.Find(CgroupControllers.Memory) is not null;
        bool cpu = hierarchies.Find(CgroupControllers.Cpu) is not null;
        return new CgroupSupport(
            hierarchies.Version,
            memory,
            memory && HasSwapLimit(hierarchies.Find(CgroupControllers.Memory)!),
            memory && !hierarchies.Find(CgroupControllers.Memory)!.IsUnified,
            cpu,
            cpu && HasQuota(hierarchies.Find(CgroupControllers.Cpu)!),
            hierarchies.Find(CgroupControllers.Cpuset) is not null,
            hierarchies.Find(CgroupControllers.Pids) is not null);
    }

    /// <summary>v2's root has no files of its own controllers, so there the kernel's swap is what can be asked: it accounts whenever it has any.</summary>
    private static bool HasSwapLimit(CgroupHierarchy memory)
        => memory.IsUnified
            ? KernelFile.TryRead("/proc/swaps", out _)
            : KernelFile.TryRead(memory.MountPoint + "/memory.memsw.limit_in_bytes", out _);

    private static bool HasQuota(CgroupHierarchy cpu)
        => cpu.IsUnified || KernelFile.TryRead(cpu.MountPoint + "/cpu.cfs_quota_us", out _) || KernelFile.TryRead(cpu.MountPoint + "/cpu.cfs_period_us", out _);
}
