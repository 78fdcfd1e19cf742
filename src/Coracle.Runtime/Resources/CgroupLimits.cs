using System.Globalization;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A container's limits as the two generations of cgroups spell them.</summary>
/// <remarks>The arithmetic between them is runc's, so that one number means the same in both engines.</remarks>
internal static partial class CgroupLimits
{
    private const ulong DefaultPeriodMicroseconds = 100_000;

    /// <exception cref="LinuxException">A limit that this machine does not have (ENOENT) or does not accept (EINVAL …).</exception>
    internal static void Apply(Cgroup cgroup, ResourceSpec resources)
    {
        ApplyMemory(cgroup, resources);
        ApplyCpu(cgroup, resources);
        Set(cgroup, CgroupControllers.Cpuset, "cpuset.cpus", resources.CpusetCpus);
        Set(cgroup, CgroupControllers.Cpuset, "cpuset.mems", resources.CpusetMems);
        Set(cgroup, CgroupControllers.Pids, "pids.max", resources.PidsLimit is { } limit ? OrMax(limit) : "");
        if (resources.BlockIo is { } blockIo)
        {
            ApplyBlockIo(cgroup, blockIo);
        }
    }

    private static void ApplyMemory(Cgroup cgroup, ResourceSpec resources)
    {
        if (cgroup.IsUnified(CgroupControllers.Memory))
        {
            // Kernels without swap accounting have no such file; Docker warns at create and limits memory alone.
            if (SwapOf(resources.MemorySwapBytes, resources.MemoryBytes) is { } swap && cgroup.HasFile(CgroupControllers.Memory, "memory.swap.max"))
            {
                cgroup.Write(CgroupControllers.Memory, "memory.swap.max", OrMax(swap));
            }

            Set(cgroup, CgroupControllers.Memory, "memory.max", Text(resources.MemoryBytes));
            Set(cgroup, CgroupControllers.Memory, "memory.low", Text(resources.MemoryReservationBytes));
            return;
        }

        Set(cgroup, CgroupControllers.Memory, "memory.limit_in_bytes", Text(resources.MemoryBytes));
        Set(cgroup, CgroupControllers.Memory, "memory.soft_limit_in_bytes", Text(resources.MemoryReservationBytes));
        if (cgroup.HasFile(CgroupControllers.Memory, "memory.memsw.limit_in_bytes"))
        {
            Set(cgroup, CgroupControllers.Memory, "memory.memsw.limit_in_bytes", Text(resources.MemorySwapBytes));
        }

        Set(cgroup, CgroupControllers.Memory, "memory.swappiness", Text(resources.MemorySwappiness));
        Set(cgroup, CgroupControllers.Memory, "memory.oom_control", resources.OomKillDisable ? "1" : "");
    }

    private static void ApplyCpu(Cgroup cgroup, ResourceSpec resources)
    {
        if (cgroup.IsUnified(CgroupControllers.Cpu))
        {
            Set(cgroup, CgroupControllers.Cpu, "cpu.weight", resources.CpuShares is { } shares ? Text(WeightOf(shares)) : "");
            if (resources.CpuQuotaMicroseconds is not null || resources.CpuPeriodMicroseconds is not null)
            {
                string period = Text(resources.CpuPeriodMicroseconds ?? DefaultPeriodMicroseconds);
                cgroup.Write(CgroupControllers.Cpu, "cpu.max", OrMax(resources.CpuQuotaMicroseconds ?? -1) + " " + period);
            }

            return;
        }

        Set(cgroup, CgroupControllers.Cpu, "cpu.shares", Text((long?)resources.CpuShares));
        Set(cgroup, CgroupControllers.Cpu, "cpu.cfs_period_us", Text((long?)resources.CpuPeriodMicroseconds));
        Set(cgroup, CgroupControllers.Cpu, "cpu.cfs_quota_us", Text(resources.CpuQuotaMicroseconds));
        Set(cgroup, CgroupControllers.Cpu, "cpu.rt_period_us", Text((long?)resources.RealtimePeriodMicroseconds));
        Set(cgroup, CgroupControllers.Cpu, "cpu.rt_runtime_us", Text(resources.RealtimeRuntimeMicroseconds));
    }

    /// <summary>Shares go from 2 to 262144, weights from 1 to 10000; the line between that runc draws, so that both engines mean the same.</summary>
    internal static ulong WeightOf(ulong shares)
        => shares == 0 ? 100 : 1 + ((Math.Clamp(shares, 2, 262_144) - 2) * 9_999 / 262_142);

    /// <summary>v1 counts memory and swap together, as Docker does; v2 counts swap alone.</summary>
    /// <returns>Bytes of swap; -1 is unlimited; null leaves it alone.</returns>
    internal static long? SwapOf(long? memoryAndSwap, long? memory)
        => memoryAndSwap is not { } total ? null : total < 0 ? -1 : Math.Max(0, total - (memory ?? 0));

    private static void Set(Cgroup cgroup, CgroupControllers controller, string file, string value)
    {
        if (value.Length > 0)
        {
            cgroup.Write(controller, file, value);
        }
    }

    private static string OrMax(long value) => value < 0 ? "max" : Text(value);

    private static string Text(long? value) => value is { } number ? Text(number) : "";

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
