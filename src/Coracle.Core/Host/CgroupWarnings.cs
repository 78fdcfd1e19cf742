namespace Coracle.Core;

/// <summary>What <c>/info</c> warns of, in Docker's words and order.</summary>
public static class CgroupWarnings
{
    public static IReadOnlyList<string> Of(CgroupFacts cgroups)
    {
        bool v1 = cgroups.Version == 1;
        BlockIoFacts io = cgroups.BlockIo;
        List<string> warnings = [];
        Warn(cgroups.LimitsMemory, "No memory limit support");
        Warn(cgroups.LimitsSwap, "No swap limit support");
        Warn(cgroups.CanDisableOomKill || !v1, "No oom kill disable support");
        Warn(cgroups.HasCpuQuota, "No cpu cfs quota support");
        Warn(cgroups.HasCpuQuota, "No cpu cfs period support");
        Warn(cgroups.HasCpuShares, "No cpu shares support");
        Warn(cgroups.HasCpuset, "No cpuset support");
        Warn(io.HasWeight || v1, "No io.weight support"); // gone from v1 since Linux 5.0: nobody could do anything about it
        Warn(io.HasDeviceWeight || v1, "No io.weight (per device) support");
        Warn(io.LimitsReadBytes, v1 ? "No blkio throttle.read_bps_device support" : "No io.max (rbps) support");
        Warn(io.LimitsWriteBytes, v1 ? "No blkio throttle.write_bps_device support" : "No io.max (wbps) support");
        Warn(io.LimitsReads, v1 ? "No blkio throttle.read_iops_device support" : "No io.max (riops) support");
        Warn(io.LimitsWrites, v1 ? "No blkio throttle.write_iops_device support" : "No io.max (wiops) support");

        // Ours: Docker says nothing of the first and does not start without the second.
        Warn(cgroups.LimitsPids, "No pids limit support");
        Warn(cgroups.ConfinesDevices, "No devices cgroup support: only privileged containers can be started");
        return warnings;

        void Warn(bool has, string text)
        {
            if (!has)
            {
                warnings.Add("WARNING: " + text);
            }
        }
    }
}
