using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class ResourceCheckTests
{
    private const long Mega = 1 << 20;

    private static CgroupFacts Everything { get; } = new(1, CgroupFacts.Cgroupfs)
    {
        LimitsMemory = true,
        LimitsSwap = true,
        ReservesMemory = true,
        HasSwappiness = true,
        CanDisableOomKill = true,
        HasCpuShares = true,
        HasCpuQuota = true,
        HasRealtime = true,
        HasCpuset = true,
        Processors = "0-3",
        MemoryNodes = "0",
        LimitsPids = true,
        BlockIo = new BlockIoFacts
        {
            HasWeight = true,
            HasDeviceWeight = true,
            LimitsReadBytes = true,
            LimitsWriteBytes = true,
            LimitsReads = true,
            LimitsWrites = true,
        },
    };

    private static CgroupFacts Nothing { get; } = new(1, CgroupFacts.Cgroupfs);

    public static TheoryData<string, HostConfig> Refused => new()
    {
        { "Minimum memory limit allowed is 6MB", new HostConfig { Memory = Mega } },
        { "Minimum memory limit allowed is 6MB", new HostConfig { Memory = -1 } },
        { "Minimum memory reservation allowed is 6MB", new HostConfig { MemoryReservation = Mega } },
        { "Minimum memoryswap limit should be larger than memory limit, see usage", new HostConfig { Memory = 8 * Mega, MemorySwap = 7 * Mega } },
        { "You should always set the Memory limit when using Memoryswap limit, see usage", new HostConfig { MemorySwap = 7 * Mega } },
        { "Minimum memory limit can not be less than memory reservation limit, see usage", new HostConfig { Memory = 8 * Mega, MemoryReservation = 9 * Mega } },
        { "Invalid value: 101, valid memory swappiness range is 0-100", new HostConfig { MemorySwappiness = 101 } },
        { "Conflicting options: Nano CPUs and CPU Period cannot both be set", new HostConfig { NanoCpus = 1, CpuPeriod = 1 } },
        { "Conflicting options: Nano CPUs and CPU Quota cannot both be set", new HostConfig { NanoCpus = 1, CpuQuota = 1 } },
        { "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)", new HostConfig { CpuPeriod = 999 } },
        { "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)", new HostConfig { CpuPeriod = 1_000_001 } },
        { "CPU cfs quota can not be less than 1ms (i.e. 1000)", new HostConfig { CpuQuota = 999 } },
        { "invalid CPU shares (-1): value must be a positive integer", new HostConfig { CpuShares = -1 } },
        { "cpu real-time runtime cannot be higher than cpu real-time period", new HostConfig { CpuRealtimePeriod = 5, CpuRealtimeRuntime = 6 } },
        { "Requested CPUs are not available - requested 3-4, available: 0-3", new HostConfig { CpusetCpus = "3-4" } },
        { "Requested memory nodes are not available - requested 1, available: 0", new HostConfig { CpusetMems = "1" } },
        { "Invalid value 0- for cpuset cpus: invalid format: 0-", new HostConfig { CpusetCpus = "0-" } },
        { "Invalid value 3-1 for cpuset mems: invalid format: 3-1", new HostConfig { CpusetMems = "3-1" } },
        { "Invalid value 0-99999999 for cpuset cpus: value of out range, maximum is 8192", new HostConfig { CpusetCpus = "0-99999999" } },
        { "invalid cgroup namespace mode: container:x", new HostConfig { CgroupnsMode = "container:x" } },
        { "Range of blkio weight is from 10 to 1000", new HostConfig { BlkioWeight = 9 } },
        { "Range of blkio weight is from 10 to 1000", new HostConfig { BlkioWeight = -1 } },
        { "Range of blkio weight is from 10 to 1000", new HostConfig { BlkioWeightDevice = [new WeightDevice { Weight = 1001 }] } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_docker_refuses_is_refused_in_its_words(string words, HostConfig host)
    {
        EngineException refusal = Assert.Throws<EngineException>(() => ResourceChecks.Verify(host, Everything));
        Assert.Equal((Refusal.InvalidArgument, words), (refusal.Refusal, refusal.Message));
    }

    [Fact]
    public void More_processors_than_there_are_cannot_be_had()
    {
        int count = Machine.CountProcessors();
        Assert.Equal(
            $"range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available",
            Assert.Throws<EngineException>(() => ResourceChecks.Verify(new HostConfig { NanoCpus = (count * 1_000_000_000L) + 1 }, Everything)).Message);
    }

    [Fact]
    public void What_a_machine_without_controllers_cannot_give_is_warned_about_and_dropped()
    {
        ThrottleDevice[] throttled = [new() { Path = "/dev/sda", Rate = 1 }];
        var host = new HostConfig
        {
            Memory = 8 * Mega,
            MemoryReservation = 7 * Mega,
            MemorySwappiness = 5,
            OomKillDisable = true,
            PidsLimit = 9,
            CpuShares = 5,
            CpuQuota = 5_000,
            CpusetCpus = "0",
            BlkioWeight = 100,
            BlkioWeightDevice = [new() { Path = "/dev/sda", Weight = 100 }],
            BlkioDeviceReadBps = throttled,
            BlkioDeviceWriteBps = throttled,
            BlkioDeviceReadIOps = throttled,
            BlkioDeviceWriteIOps = throttled,
        };
        Assert.Equal(
            [
                "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
                "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
                "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.",
                "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
                "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
                "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.",
                "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.",
                "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.",
                "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.",
                "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.",
                "Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.",
                "Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.",
                "Your kernel does not support IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.",
                "Your kernel does not support IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.",
            ],
            ResourceChecks.Verify(host, Nothing));
        ResourceSpec left = ResourcePlan.Build(host, "id", Nothing, "docker");
        Assert.Equal((null, null, null, null, false), (left.MemoryBytes, left.MemoryReservationBytes, left.CpuShares, left.PidsLimit, left.OomKillDisable));
        Assert.Equal((-1L, null, "", null), (left.MemorySwapBytes, left.MemorySwappiness, left.CpusetCpus, left.BlockIo));
    }

    [Fact]
    public void Memory_without_swap_accounting_is_limited_alone()
    {
        var host = new HostConfig { Memory = 8 * Mega };
        Assert.Equal(
            ["Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap."],
            ResourceChecks.Verify(host, Everything with { LimitsSwap = false }));
        Assert.Equal((8 * Mega, -1), (host.Memory, host.MemorySwap));
    }

    [Fact]
    public void Real_time_and_parts_of_a_processor_are_refused_where_they_cannot_be_had()
    {
        Assert.Equal(
            "Your kernel does not support CPU real-time scheduler",
            Assert.Throws<EngineException>(() => ResourceChecks.Verify(new HostConfig { CpuRealtimeRuntime = 5 }, Nothing)).Message);
        Assert.Equal(
            "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted",
            Assert.Throws<EngineException>(() => ResourceChecks.Verify(new HostConfig { NanoCpus = 5 }, Nothing)).Message);
    }

    [Fact]
    public void What_nobody_asks_for_is_not_warned_about()
    {
        HostConfig fromCommandLine = new() { MemorySwappiness = -1, OomKillDisable = false, PidsLimit = 0 };
        Assert.Empty(ResourceChecks.Verify(fromCommandLine, Nothing));
        Assert.Null(fromCommandLine.OomKillDisable);
        Assert.Null(fromCommandLine.MemorySwappiness);
        HostConfig bare = new();
        Assert.Empty(ResourceChecks.Verify(bare, Everything));
        Assert.False(bare.OomKillDisable);
    }

    [Fact]
    public void An_oom_killer_that_is_off_wants_a_limit()
        => Assert.Equal(
            ["OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources."],
            ResourceChecks.Verify(new HostConfig { OomKillDisable = true }, Everything));

    [Theory]
    [InlineData("cgroupfs", "", "docker/id", null)]
    [InlineData("cgroupfs", "/a/b/", "a/b/id", null)]
    [InlineData("systemd", "", "system.slice/coracle-id.scope", "system.slice")]
    [InlineData("systemd", "a-b.slice", "a.slice/a-b.slice/coracle-id.scope", "a-b.slice")]
    [InlineData("systemd", "-.slice", "coracle-id.scope", "-.slice")]
    public void A_cgroup_is_below_its_parent(string driver, string parent, string path, string? slice)
    {
        (string found, ScopeName? scope) = CgroupPlacement.Of(
            new HostConfig { CgroupParent = parent }, "id", new CgroupFacts(2, driver), driver == "systemd" ? "system.slice" : "/docker");
        Assert.Equal((path, slice), (found, scope?.Slice));
    }

    [Theory]
    [InlineData("systemd", "/docker", "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"")]
    [InlineData("systemd", ".slice", "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"")]
    [InlineData("systemd", "../a.slice", "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"")]
    [InlineData("cgroupfs", "a/../b", "invalid cgroup parent: a/../b")]
    public void A_parent_that_cannot_be_is_refused(string driver, string parent, string words)
        => Assert.Equal(words, Assert.Throws<EngineException>(() => CgroupPlacement.Of(new HostConfig { CgroupParent = parent }, "id", new CgroupFacts(2, driver), "x.slice")).Message);

    [Fact]
    public void Rules_and_devices_follow_the_default_ones()
    {
        HostConfig host = new()
        {
            DeviceCgroupRules = ["c 189:* rw"],
            Devices = [new DeviceMapping { PathOnHost = "/dev/full", PathInContainer = "/dev/mine", CgroupPermissions = "r" }],
        };
        IReadOnlyList<string> rules = ResourcePlan.Build(host, "id", Everything, "docker").DeviceRules!;
        Assert.Equal(["c 136:* rwm", "c 1:7 r", "c 189:* rw"], rules.TakeLast(3));
        host.Privileged = true;
        Assert.Null(ResourcePlan.Build(host, "id", Everything, "docker").DeviceRules);
    }

    [Fact]
    public void Devices_that_are_none_are_named()
    {
        Assert.Equal(
            "invalid device cgroup rule format: 'c 1:3 q'",
            Assert.Throws<EngineException>(() => ResourcePlan.CheckDeviceRules(new HostConfig { DeviceCgroupRules = ["c 1:3 q"] })).Message);
        Assert.Equal(
            "error gathering device information while adding custom device \"/dev/nosuch\": no such file or directory",
            Assert.Throws<EngineException>(() => MappedDevices.Find(new DeviceMapping { PathOnHost = "/dev/nosuch" })).Message);
        Assert.Equal(
            "error gathering device information while adding custom device \"/etc/passwd\": not a device node",
            Assert.Throws<EngineException>(() => MappedDevices.Find(new DeviceMapping { PathOnHost = "/etc/passwd" })).Message);
        Assert.Equal(
            "stat /dev/nosuch: no such file or directory",
            Assert.Throws<EngineException>(() => BlockIoPlan.Build(new HostConfig { BlkioDeviceReadBps = [new() { Path = "/dev/nosuch" }] })).Message);
    }
}
