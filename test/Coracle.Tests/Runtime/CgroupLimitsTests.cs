using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Tests.Runtime;

public sealed class CgroupLimitsTests
{
    private static readonly ResourceSpec _nothing = new() { CgroupPath = "box" };

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1024, 39)]
    [InlineData(262144, 10000)]
    [InlineData(ulong.MaxValue, 10000)]
    public void Shares_become_the_weight_that_runc_gives_them(ulong shares, ulong weight)
        => Assert.Equal(weight, CgroupLimits.WeightOf(shares));

    [Theory]
    [InlineData(10, 1)]
    [InlineData(500, 4950)]
    [InlineData(1000, 10000)]
    public void A_weight_of_block_devices_is_stretched_as_runc_does(ulong blkio, ulong io) => Assert.Equal(io, CgroupLimits.IoWeightOf(blkio));

    [Theory]
    [InlineData(null, 64L, null)]
    [InlineData(-1L, 64L, -1L)]
    [InlineData(64L, 64L, 0L)]
    [InlineData(96L, 64L, 32L)]
    public void Swap_of_v2_is_what_is_left_above_the_memory(long? total, long? memory, long? swap)
        => Assert.Equal(swap, CgroupLimits.SwapOf(total, memory));

    [Fact]
    public void Memory_on_v1()
    {
        ResourceSpec limits = _nothing with
        {
            MemoryBytes = 64,
            MemoryReservationBytes = 32,
            MemorySwapBytes = 96,
            MemorySwappiness = 7,
            OomKillDisable = true,
        };
        using FakeCgroups machine = FakeCgroups.V1(
            "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness", "memory.oom_control");
        CgroupLimits.Apply(machine.Box, limits);
        Assert.Equal(
            ("64", "32", "96", "7", "1"),
            (machine.Text("memory.limit_in_bytes"), machine.Text("memory.soft_limit_in_bytes"), machine.Text("memory.memsw.limit_in_bytes"),
                machine.Text("memory.swappiness"), machine.Text("memory.oom_control")));
    }

    [Fact]
    public void Memory_on_v2()
    {
        using FakeCgroups machine = FakeCgroups.V2("memory.max", "memory.low", "memory.swap.max");
        CgroupLimits.Apply(machine.Box, _nothing with { MemoryBytes = 64, MemoryReservationBytes = 32, MemorySwapBytes = 96 });
        Assert.Equal(("64", "32", "32"), (machine.Text("memory.max"), machine.Text("memory.low"), machine.Text("memory.swap.max")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_kernel_that_does_not_account_swap_limits_memory_alone(bool unified)
    {
        using FakeCgroups machine = unified ? FakeCgroups.V2("memory.max") : FakeCgroups.V1("memory.limit_in_bytes");
        CgroupLimits.Apply(machine.Box, _nothing with { MemoryBytes = 64, MemorySwapBytes = 128 });
        Assert.Equal("64", machine.Text(unified ? "memory.max" : "memory.limit_in_bytes"));
    }

    [Theory]
    [InlineData(-1L, "max")]
    [InlineData(64L, "0")]
    public void Swap_without_a_limit_and_without_swap(long total, string written)
    {
        using FakeCgroups machine = FakeCgroups.V2("memory.max", "memory.swap.max");
        CgroupLimits.Apply(machine.Box, _nothing with { MemoryBytes = 64, MemorySwapBytes = total });
        Assert.Equal(written, machine.Text("memory.swap.max"));
    }

    [Fact]
    public void Processors_on_v1()
    {
        using FakeCgroups machine = FakeCgroups.V1(
            "cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.rt_period_us", "cpu.rt_runtime_us", "cpuset.cpus", "cpuset.mems", "pids.max");
        CgroupLimits.Apply(machine.Box, _nothing with
        {
            CpuShares = 512,
            CpuPeriodMicroseconds = 50_000,
            CpuQuotaMicroseconds = 25_000,
            RealtimePeriodMicroseconds = 9_000,
            RealtimeRuntimeMicroseconds = 4_000,
            CpusetCpus = "0-1",
            CpusetMems = "0",
            PidsLimit = -1,
        });
        Assert.Equal(
            ("512", "50000", "25000", "9000", "4000", "0-1", "0", "max"),
            (machine.Text("cpu.shares"), machine.Text("cpu.cfs_period_us"), machine.Text("cpu.cfs_quota_us"), machine.Text("cpu.rt_period_us"),
                machine.Text("cpu.rt_runtime_us"), machine.Text("cpuset.cpus"), machine.Text("cpuset.mems"), machine.Text("pids.max")));
    }

    [Theory]
    [InlineData(25_000L, 50_000UL, "25000 50000")]
    [InlineData(25_000L, null, "25000 100000")]
    [InlineData(null, 50_000UL, "max 50000")]
    [InlineData(-1L, null, "max 100000")]
    public void Processors_on_v2(long? quota, ulong? period, string written)
    {
        using FakeCgroups machine = FakeCgroups.V2("cpu.weight", "cpu.max", "cpuset.cpus", "cpuset.mems", "pids.max");
        CgroupLimits.Apply(machine.Box, _nothing with
        {
            CpuShares = 1024,
            CpuPeriodMicroseconds = period,
            CpuQuotaMicroseconds = quota,
            CpusetCpus = "1",
            PidsLimit = 20,
        });
        Assert.Equal(
            ("39", written, "1", "20"), (machine.Text("cpu.weight"), machine.Text("cpu.max"), machine.Text("cpuset.cpus"), machine.Text("pids.max")));
    }

    [Fact]
    public void Block_devices_on_v1()
    {
        using FakeCgroups machine = FakeCgroups.V1(
            "blkio.bfq.weight", "blkio.bfq.weight_device", "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
            "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device");
        CgroupLimits.Apply(machine.Box, _nothing with { BlockIo = AllOfBlockIo });
        Assert.Equal(
            ("300", "8:0 200", "8:0 1048576", "8:16 2097152", "7:1 100", "7:2 200"),
            (machine.Text("blkio.bfq.weight"), machine.Text("blkio.bfq.weight_device"), machine.Text("blkio.throttle.read_bps_device"),
                machine.Text("blkio.throttle.write_bps_device"), machine.Text("blkio.throttle.read_iops_device"),
                machine.Text("blkio.throttle.write_iops_device")));
    }

    [Theory]
    [InlineData("blkio.weight")]
    [InlineData("blkio.bfq.weight")]
    public void A_weight_goes_to_the_scheduler_that_is_there(string file)
    {
        using FakeCgroups machine = FakeCgroups.V1(file);
        CgroupLimits.Apply(machine.Box, _nothing with { BlockIo = NoBlockIo with { Weight = 300 } });
        Assert.Equal("300", machine.Text(file));
    }

    [Theory]
    [InlineData("io.bfq.weight", "300")]
    [InlineData("io.weight", "2930")]
    public void A_weight_on_v2_has_the_scale_of_whoever_weighs(string file, string written)
    {
        using FakeCgroups machine = FakeCgroups.V2(file);
        CgroupLimits.Apply(machine.Box, _nothing with { BlockIo = NoBlockIo with { Weight = 300 } });
        Assert.Equal(written, machine.Text(file));
    }

    [Fact]
    public void Block_devices_on_v2_are_limited_in_one_file()
    {
        DeviceAmount device = new(8, 16, 4096);
        Assert.Equal("8:16 rbps=4096", Written(NoBlockIo with { ReadBytesPerSecond = [device] }));
        Assert.Equal("8:16 wbps=4096", Written(NoBlockIo with { WriteBytesPerSecond = [device] }));
        Assert.Equal("8:16 riops=4096", Written(NoBlockIo with { ReadsPerSecond = [device] }));
        Assert.Equal("8:16 wiops=max", Written(NoBlockIo with { WritesPerSecond = [device with { Amount = 0 }] }));

        static string Written(BlockIoSpec limits)
        {
            using FakeCgroups machine = FakeCgroups.V2("io.max");
            CgroupLimits.Apply(machine.Box, _nothing with { BlockIo = limits });
            return machine.Text("io.max");
        }
    }

    [Fact]
    public void A_limit_whose_controller_is_missing_fails_by_its_name()
    {
        using FakeCgroups machine = FakeCgroups.V2();
        LinuxException failure = Assert.Throws<LinuxException>(() => CgroupLimits.Apply(machine.Box, _nothing with { PidsLimit = 5 }));
        Assert.Equal(Errno.ENOENT, failure.Errno);
        Assert.Contains("pids.max", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_rules_that_nothing_can_hold_are_an_error_and_no_rules_are_none()
    {
        using FakeCgroups machine = FakeCgroups.WithoutDevices();
        LinuxException failure = Assert.Throws<LinuxException>(() => CgroupDevices.Apply(machine.Box, ["c 1:3 rwm"]));
        Assert.StartsWith("device rules need cgroup v1's devices controller or cgroup v2", failure.Message, StringComparison.Ordinal);
        CgroupDevices.Apply(machine.Box, null);
    }

    [Fact]
    public void Nothing_asked_for_is_nothing_written()
    {
        using FakeCgroups machine = FakeCgroups.V2(); // where every write would fail
        CgroupLimits.Apply(machine.Box, _nothing);
    }

    [Fact]
    public void A_counter_is_found_by_its_whole_name()
    {
        Assert.Equal(3, ContainerCgroup.Counter("oom_kill_disable 1\nunder_oom 0\noom_kill 3\n"u8, "oom_kill "u8));
        Assert.Equal(2, ContainerCgroup.Counter("low 0\nhigh 0\nmax 9\noom 4\noom_kill 2\noom_group_kill 1\n"u8, "oom_kill "u8));
        Assert.Equal(0, ContainerCgroup.Counter("oom_kill_disable 1\n"u8, "oom_kill "u8));
        Assert.Equal(0, ContainerCgroup.Counter("oom_kill x"u8, "oom_kill "u8));
    }

    private static BlockIoSpec NoBlockIo { get; } = new(0, [], [], [], [], []);

    private static BlockIoSpec AllOfBlockIo { get; } = new(
        300, [new(8, 0, 200)], [new(8, 0, 1 << 20)], [new(8, 16, 2 << 20)], [new(7, 1, 100)], [new(7, 2, 200)]);
}
