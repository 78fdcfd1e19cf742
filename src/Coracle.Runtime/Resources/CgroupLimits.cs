using System.Globalization;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A container's limits as the two generations of cgroups spell them.</summary>
internal static class CgroupLimits
{
    private const ulong DefaultPeriodMicroseconds = 100_000;

    internal static void Apply(Cgroup cgroup, ResourceSpec resources)
    {
        ApplyMemory(cgroup, resources);
        ApplyCpu(cgroup, resources);
        Set(cgroup, CgroupControllers.Cpuset, "cpuset.cpus", resources.CpusetCpus);
        Set(cgroup, CgroupControllers.Cpuset, "cpuset.mems", resources.CpusetMems);
        Set(cgroup, CgroupControllers.Pids, "pids.max", resources.PidsLimit is { } limit ? limit < 0 ? "max" : Text(limit) : "");
        ApplyDevices(cgroup, resources);
    }

    private static void ApplyMemory(Cgroup cgroup, ResourceSpec resources)
    {
        bool unified = cgroup.IsUnified(CgroupControllers.Memory);
        Set(cgroup, CgroupControllers.Memory, unified ? "memory.max" : "memory.limit_in_bytes", Text(resources.MemoryBytes));
        Set(cgroup, CgroupControllers.Memory, unified ? "memory.low" : "memory.soft_limit_in_bytes", Text(resources.MemoryReservationBytes));

        // Kernels without swap accounting have no such file; Docker warns at create and limits memory alone.
        string swapFile = unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
        if (resources.MemorySwapBytes is { } total && cgroup.HasFile(CgroupControllers.Memory, swapFile))
        {
            // v1 counts memory and swap together, as Docker does; v2 counts swap alone.
            string value = total < 0 ? unified ? "max" : "-1" : Text(unified ? Math.Max(0, total - (resources.MemoryBytes ?? 0)) : total);
            cgroup.Write(CgroupControllers.Memory, swapFile, value);
        }
    }

    private static void ApplyCpu(Cgroup cgroup, ResourceSpec resources)
    {
        if (cgroup.IsUnified(CgroupControllers.Cpu))
        {
            Set(cgroup, CgroupControllers.Cpu, "cpu.weight", resources.CpuShares is { } shares ? Text((long)WeightOf(shares)) : "");
            if (resources.CpuQuotaMicroseconds is not null || resources.CpuPeriodMicroseconds is not null)
            {
                long quota = resources.CpuQuotaMicroseconds ?? -1;
                string period = Text((long)(resources.CpuPeriodMicroseconds ?? DefaultPeriodMicroseconds));
                cgroup.Write(CgroupControllers.Cpu, "cpu.max", (quota < 0 ? "max" : Text(quota)) + " " + period);
            }

            return;
        }

        Set(cgroup, CgroupControllers.Cpu, "cpu.shares", Text((long?)resources.CpuShares));
        Set(cgroup, CgroupControllers.Cpu, "cpu.cfs_period_us", Text((long?)resources.CpuPeriodMicroseconds));
        Set(cgroup, CgroupControllers.Cpu, "cpu.cfs_quota_us", Text(resources.CpuQuotaMicroseconds));
    }

    /// <summary>v1's controller. Where it is missing, the rules are not enforced by it: they are the engine's default and not an option.</summary>
    private static void ApplyDevices(Cgroup cgroup, ResourceSpec resources)
    {
        if (resources.DeviceRules is not { } rules || !cgroup.Has(CgroupControllers.Devices))
        {
            return;
        }

        cgroup.Write(CgroupControllers.Devices, "devices.deny", "a");
        for (int index = 0; index < rules.Count; index++)
        {
            cgroup.Write(CgroupControllers.Devices, "devices.allow", rules[index]);
        }
    }

    /// <summary>Shares go from 2 to 262144, weights from 1 to 10000; the line between that runc draws, so that both engines mean the same.</summary>
    internal static ulong WeightOf(ulong shares)
        => shares == 0 ? 100 : 1 + ((Math.Clamp(shares, 2, 262_144) - 2) * 9_999 / 262_142);

    private static void Set(Cgroup cgroup, CgroupControllers controller, string file, string value)
    {
        if (value.Length > 0)
        {
            cgroup.Write(controller, file, value);
        }
    }

    private static string Text(long? value) => value is { } number ? number.ToString(CultureInfo.InvariantCulture) : "";
}
