using Coracle.Core;
using Coracle.Tests.Runtime;

namespace Coracle.Tests.Core;

public sealed class CgroupFactsTests
{
    [Fact]
    public void V2_has_all_but_what_v1_alone_had()
    {
        using FakeCgroups machine = FakeCgroups.V2();
        CgroupFacts facts = CgroupFacts.Of(machine.Hierarchies, "systemd");
        Assert.Equal((2, "systemd", true), (facts.Version, facts.Driver, facts.IsSystemd));
        Assert.True(facts is { LimitsMemory: true, ReservesMemory: true, HasCpuShares: true, HasCpuQuota: true, HasCpuset: true, LimitsPids: true, ConfinesDevices: true });
        Assert.True(facts.BlockIo is { HasWeight: true, HasDeviceWeight: true, LimitsReadBytes: true, LimitsWrites: true });
        Assert.False(facts.HasSwappiness || facts.CanDisableOomKill || facts.HasRealtime);
        Assert.Empty(CgroupWarnings.Of(facts with { LimitsSwap = true }));
    }

    [Fact]
    public void V1_has_what_its_files_say()
    {
        using FakeCgroups machine = FakeCgroups.V1();
        CgroupFacts bare = CgroupFacts.Of(machine.Hierarchies, "cgroupfs");
        Assert.True(bare is { Version: 1, LimitsMemory: true, LimitsSwap: false, HasCpuQuota: false, HasCpuset: true, LimitsPids: true, ConfinesDevices: true });
        Assert.Equal(
            [
                "WARNING: No swap limit support",
                "WARNING: No oom kill disable support",
                "WARNING: No cpu cfs quota support",
                "WARNING: No cpu cfs period support",
                "WARNING: No cpu shares support",
                "WARNING: No blkio throttle.read_bps_device support",
                "WARNING: No blkio throttle.write_bps_device support",
                "WARNING: No blkio throttle.read_iops_device support",
                "WARNING: No blkio throttle.write_iops_device support",
            ],
            CgroupWarnings.Of(bare));
        foreach (string file in (string[])["memory.memsw.limit_in_bytes", "cpu.cfs_quota_us", "cpuset.cpus"])
        {
            string tree = machine.Hierarchies.All.Single(h => h.MountPoint.EndsWith("/" + file.Split('.')[0], StringComparison.Ordinal)).MountPoint;
            File.WriteAllText($"{tree}/{file}", "0-1\n");
        }

        CgroupFacts full = CgroupFacts.Of(machine.Hierarchies, "cgroupfs");
        Assert.True(full is { LimitsSwap: true, HasCpuQuota: true, Processors: "0-1" });
    }

    [Fact]
    public void A_machine_without_controllers_is_warned_of_all_it_lacks()
        => Assert.Equal(
            [
                "WARNING: No memory limit support", "WARNING: No swap limit support", "WARNING: No cpu cfs quota support",
                "WARNING: No cpu cfs period support", "WARNING: No cpu shares support", "WARNING: No cpuset support",
                "WARNING: No io.weight support", "WARNING: No io.weight (per device) support", "WARNING: No io.max (rbps) support",
                "WARNING: No io.max (wbps) support", "WARNING: No io.max (riops) support", "WARNING: No io.max (wiops) support",
                "WARNING: No pids limit support",
                "WARNING: No devices cgroup support: only privileged containers can be started",
            ],
            CgroupWarnings.Of(new CgroupFacts(2, "cgroupfs")));
}
