using System.Diagnostics;
using System.Text;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

[Trait("Needs", "root")]
public sealed class ContainerCgroupTests : IDisposable
{
    private readonly string _parent = "coracle-test-" + Guid.NewGuid().ToString("N");
    private readonly CgroupHierarchies _hierarchies = CgroupHierarchies.Discover();
    private readonly List<Process> _started = [];

    private string Path => _parent + "/container";

    public void Dispose()
    {
        _started.ForEach(process =>
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        });
        Cgroup.At(_hierarchies, _parent).Delete();
        Assert.All(_hierarchies.All, hierarchy => Assert.False(Directory.Exists(hierarchy.MountPoint + "/" + _parent)));
    }

    [Fact]
    public void Every_limit_arrives_where_it_belongs()
    {
        ContainerCgroup cgroup = Limited(new ResourceSpec
        {
            CgroupPath = Path,
            MemoryBytes = 64 << 20,
            MemoryReservationBytes = 32 << 20,
            MemorySwapBytes = 128 << 20,
            CpuShares = 512,
            CpuPeriodMicroseconds = 50_000,
            CpuQuotaMicroseconds = 25_000,
            CpusetCpus = "0",
            PidsLimit = 20,
            DeviceRules = ["c 1:3 rwm", "b *:* m"],
        });

        Assert.Equal("67108864", Read(CgroupControllers.Memory, "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("33554432", Read(CgroupControllers.Memory, "memory.soft_limit_in_bytes", "memory.low"));
        Assert.Equal("20", Read(CgroupControllers.Pids, "pids.max", "pids.max"));
        Assert.Equal("0", Read(CgroupControllers.Cpuset, "cpuset.cpus", "cpuset.cpus"));
        if (!Cgroup.At(_hierarchies, Path).IsUnified(CgroupControllers.Cpu))
        {
            Assert.Equal("512", Read(CgroupControllers.Cpu, "cpu.shares", ""));
            Assert.Equal("50000", Read(CgroupControllers.Cpu, "cpu.cfs_period_us", ""));
            Assert.Equal("25000", Read(CgroupControllers.Cpu, "cpu.cfs_quota_us", ""));
            Assert.Equal(["b *:* m", "c 1:3 rwm"], Read(CgroupControllers.Devices, "devices.list", "").Split('\n').Order());
        }
        else
        {
            Assert.Equal("20", Read(CgroupControllers.Cpu, "", "cpu.weight"));
            Assert.Equal("25000 50000", Read(CgroupControllers.Cpu, "", "cpu.max"));
            if (Cgroup.At(_hierarchies, Path).HasFile(CgroupControllers.Memory, "memory.swap.max"))
            {
                Assert.Equal("67108864", Read(CgroupControllers.Memory, "", "memory.swap.max"));
            }
        }

        Assert.False(cgroup.SawOomKill(killedByUnknown: true));
        cgroup.Remove();
        cgroup.Remove(); // absent is removed
        Assert.All(_hierarchies.All, hierarchy => Assert.False(Directory.Exists(hierarchy.MountPoint + "/" + Path)));
    }

    /// <summary>A machine without a block device cannot be tested, and fails.</summary>
    [Fact]
    public void Block_devices_are_throttled()
    {
        string device = Directory.GetDirectories("/sys/block").Select(block => File.ReadAllText(block + "/dev").Trim()).Order().First();
        uint[] number = [.. device.Split(':').Select(uint.Parse)];
        DeviceAmount amount = new(number[0], number[1], 1 << 20);
        Limited(new ResourceSpec { CgroupPath = Path, BlockIo = new BlockIoSpec(0, [], [amount], [amount], [], [amount with { Amount = 50 }]) });
        if (Cgroup.At(_hierarchies, Path).IsUnified(CgroupControllers.BlockIo))
        {
            Assert.Equal($"{device} rbps=1048576 wbps=1048576 riops=max wiops=50", Read(CgroupControllers.BlockIo, "", "io.max"));
            return;
        }

        Assert.Equal($"{device} 1048576", Read(CgroupControllers.BlockIo, "blkio.throttle.read_bps_device", ""));
        Assert.Equal($"{device} 1048576", Read(CgroupControllers.BlockIo, "blkio.throttle.write_bps_device", ""));
        Assert.Equal("", Read(CgroupControllers.BlockIo, "blkio.throttle.read_iops_device", ""));
        Assert.Equal($"{device} 50", Read(CgroupControllers.BlockIo, "blkio.throttle.write_iops_device", ""));
    }

    [Fact]
    public void A_limit_that_is_none_is_an_error_in_runcs_words()
    {
        var spec = new ResourceSpec { CgroupPath = Path, CpusetCpus = "900" };
        ContainerCgroup cgroup = ContainerCgroup.Create(_hierarchies, spec);
        LaunchFailedException failure = Assert.Throws<LaunchFailedException>(() => new CgroupDriver().Complete(spec, pid: 0, monitor: 0));
        Assert.Equal(LaunchFailureKind.Other, failure.Kind);
        Assert.Contains("error setting cgroup config for procHooks process: write ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("cpuset.cpus (900)", failure.Message, StringComparison.Ordinal);
        cgroup.Remove();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("/")]
    public void A_path_stays_below_the_mount_points(string path)
        => Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Cgroup.Create(_hierarchies, path)).Errno);

    [Fact]
    public void A_process_is_in_every_tree_and_what_it_starts_too()
    {
        ContainerCgroup cgroup = ContainerCgroup.Create(_hierarchies, new ResourceSpec { CgroupPath = Path });
        Process shell = Start("sh", "-c", "read go; sleep 1000 & sleep 1000");
        cgroup.AddProcess(shell.Id);
        shell.StandardInput.WriteLine();
        Until(() => cgroup.Processes().Count == 3);
        string[] places = File.ReadAllLines($"/proc/{shell.Id}/cgroup");
        Assert.Equal(_hierarchies.All.Count, places.Count(line => line.EndsWith(Path, StringComparison.Ordinal)));
        Assert.Equal(_hierarchies.All.Count, cgroup.Places.Count);
        Assert.All(cgroup.Places, place => Assert.True(Directory.Exists(place.Directory)));

        Assert.Equal(Errno.EBUSY, Assert.Throws<LinuxException>(cgroup.Remove).Errno);
        cgroup.SetFrozen(true);
        Assert.Equal(3, cgroup.Processes().Count);
        cgroup.KillAll();
        Until(() => shell.HasExited);
        cgroup.Remove();
    }

    /// <summary>A container that may make cgroups removes some while we look: the others' processes are found all the same.</summary>
    [Fact]
    public async Task Cgroups_that_come_and_go_hide_no_process()
    {
        const int Rounds = 20_000;
        ContainerCgroup cgroup = ContainerCgroup.Create(_hierarchies, new ResourceSpec { CgroupPath = Path });
        cgroup.AddProcess(Start("cat").Id);
        string[] fleeting = [.. cgroup.Places.Select(place => place.Directory + "/fleeting")];
        using var ended = new CancellationTokenSource();
        Task others = Task.Run(
            () =>
            {
                while (!ended.IsCancellationRequested)
                {
                    Array.ForEach(fleeting, directory => Directory.CreateDirectory(directory));
                    Array.ForEach(fleeting, Directory.Delete);
                }
            },
            TestContext.Current.CancellationToken);
        try
        {
            for (int round = 0; round < Rounds; round++)
            {
                Assert.Single(cgroup.Processes());
            }
        }
        finally
        {
            await ended.CancelAsync();
            await others;
        }
    }

    /// <summary>Its processes are listed by the cgroup above; its own list cannot be read at all.</summary>
    [Fact]
    public void A_threaded_cgroup_is_passed_over()
    {
        CgroupHierarchy unified = _hierarchies.Unified!;
        Cgroup.CreateEmpty(_hierarchies, Path + "/threads");
        string threads = $"{unified.MountPoint}/{Path}/threads";
        File.WriteAllText(threads + "/cgroup.type", "threaded");
        Assert.Throws<IOException>(() => File.ReadAllText(threads + "/cgroup.procs"));
        Assert.Empty(Cgroup.ProcessesOfTop(unified with { MountPoint = threads }));
    }

    [Fact]
    public void Frozen_processes_do_nothing_until_they_are_thawed()
    {
        ContainerCgroup cgroup = ContainerCgroup.Create(_hierarchies, new ResourceSpec { CgroupPath = Path });
        Process echo = Start("cat");
        cgroup.AddProcess(echo.Id);
        cgroup.SetFrozen(true);
        echo.StandardInput.WriteLine("hello");
        echo.StandardInput.Flush();
        Task<string?> answer = echo.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(answer.IsCompleted);
        cgroup.SetFrozen(false);
        Until(() => answer.IsCompleted);
    }

    [Fact]
    public void A_process_killed_for_its_memory_is_counted()
    {
        ContainerCgroup cgroup = Limited(new ResourceSpec { CgroupPath = Path, MemoryBytes = 8 << 20, MemorySwapBytes = 8 << 20 });
        Process eater = Start("sh", "-c", "read go; tail /dev/zero");
        cgroup.AddProcess(eater.Id);
        eater.StandardInput.WriteLine();
        Until(() => cgroup.SawOomKill(killedByUnknown: false));
        Until(() => eater.HasExited);
        cgroup.Remove();

        // systemd removes a scope before its monitor looks; of v2 the parent's count still tells.
        Assert.False(cgroup.SawOomKill(killedByUnknown: false));
        Assert.Equal(Cgroup.At(_hierarchies, Path).IsUnified(CgroupControllers.Memory), cgroup.SawOomKill(killedByUnknown: true));
        cgroup.KillAll(); // nobody is left, and that is no error
    }

    [Fact]
    public void Cgroups_made_inside_go_with_it()
    {
        ContainerCgroup cgroup = ContainerCgroup.Create(_hierarchies, new ResourceSpec { CgroupPath = Path });
        foreach (CgroupPlace place in cgroup.Places)
        {
            Directory.CreateDirectory(place.Directory + "/a/b/c");
        }

        cgroup.Remove();
    }

    private ContainerCgroup Limited(ResourceSpec spec)
    {
        ContainerCgroup cgroup = ContainerCgroup.Create(_hierarchies, spec);
        new CgroupDriver().Complete(spec, pid: 0, monitor: 0);
        return cgroup;
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        Process process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private string Read(CgroupControllers controller, string v1, string v2)
    {
        Cgroup cgroup = Cgroup.At(_hierarchies, Path);
        Assert.True(cgroup.TryRead(controller, cgroup.IsUnified(controller) ? v2 : v1, out byte[]? content));
        return Encoding.UTF8.GetString(content!).TrimEnd('\n');
    }

    private static void Until(Func<bool> happened)
    {
        var since = Stopwatch.StartNew();
        while (!happened())
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), "it did not happen");
            Thread.Yield();
        }
    }
}
