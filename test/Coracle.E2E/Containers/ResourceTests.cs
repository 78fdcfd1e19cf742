using System.Globalization;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>Each limit in the kernel's own files, whichever generation of cgroups is there.</summary>
public sealed class ResourceTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task Memory_its_reservation_and_swap_are_limited()
    {
        int process = await StartAsync("-m", "64m", "--memory-reservation", "32m", "--memory-swap", "96m");
        Assert.Equal("67108864", Cgroups.Read(process, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("33554432", Cgroups.Read(process, "memory", "memory.soft_limit_in_bytes", "memory.low"));
        if (Cgroups.Has(process, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"))
        {
            string swap = Cgroups.IsUnified ? "33554432" : "100663296"; // v1 counts memory in
            Assert.Equal(swap, Cgroups.Read(process, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"));
        }
    }

    [Fact]
    public async Task Swap_is_as_much_again_unless_it_is_said()
    {
        string name = await SleeperAsync("-m", "64m");
        int process = await PidAsync(name);
        Assert.Equal("134217728", await InspectAsync(name, "{{.HostConfig.MemorySwap}}"));
        if (Cgroups.Has(process, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"))
        {
            string swap = Cgroups.IsUnified ? "67108864" : "134217728";
            Assert.Equal(swap, Cgroups.Read(process, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"));
        }
    }

    [Theory]
    [InlineData("--cpu-shares", "512", "512", "20")]
    [InlineData("--cpu-shares", "262144", "262144", "10000")]
    public async Task Shares_are_weights_on_v2(string option, string value, string shares, string weight)
    {
        int process = await StartAsync(option, value);
        Assert.Equal(Cgroups.IsUnified ? weight : shares, Cgroups.Read(process, "cpu", "cpu.shares", "cpu.weight"));
    }

    [Fact]
    public async Task A_quota_is_of_its_period()
    {
        int process = await StartAsync("--cpu-period", "50000", "--cpu-quota", "20000");
        Assert.Equal(Cgroups.IsUnified ? "20000 50000" : "20000", Cgroups.Read(process, "cpu", "cpu.cfs_quota_us", "cpu.max"));
        Assert.Equal(Cgroups.IsUnified ? "20000 50000" : "50000", Cgroups.Read(process, "cpu", "cpu.cfs_period_us", "cpu.max"));
    }

    [Fact]
    public async Task Processors_and_memory_nodes_are_chosen()
    {
        int process = await StartAsync("--cpuset-cpus", "0", "--cpuset-mems", "0");
        Assert.Equal("0", Cgroups.Read(process, "cpuset", "cpuset.cpus", "cpuset.cpus"));
        Assert.Equal("0", Cgroups.Read(process, "cpuset", "cpuset.mems", "cpuset.mems.effective"));
        Assert.Contains("\nCpus_allowed_list:\t0\n", await File.ReadAllTextAsync($"/proc/{process}/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Block_devices_are_throttled()
    {
        string device = BlockDevice(out string number);
        int process = await StartAsync(
            "--device-read-bps", $"{device}:1mb", "--device-write-bps", $"{device}:2mb", "--device-read-iops", $"{device}:100",
            "--device-write-iops", $"{device}:200");
        if (Cgroups.IsUnified)
        {
            Assert.Equal($"{number} rbps=1048576 wbps=2097152 riops=100 wiops=200", Cgroups.Read(process, "", "", "io.max"));
            return;
        }

        Assert.Equal($"{number} 1048576", Cgroups.Read(process, "blkio", "blkio.throttle.read_bps_device", ""));
        Assert.Equal($"{number} 2097152", Cgroups.Read(process, "blkio", "blkio.throttle.write_bps_device", ""));
        Assert.Equal($"{number} 100", Cgroups.Read(process, "blkio", "blkio.throttle.read_iops_device", ""));
        Assert.Equal($"{number} 200", Cgroups.Read(process, "blkio", "blkio.throttle.write_iops_device", ""));
    }

    [Fact]
    public async Task A_block_device_that_is_not_there_is_named_at_the_start()
    {
        string name = Name();
        await Docker.SayAsync("create", "--name", name, "--network", "none", "--device-read-bps", "/dev/nosuch:1mb", App, "true");
        CommandResult start = await Docker.RunAsync("start", name);
        Assert.Contains("stat /dev/nosuch: no such file or directory", start.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_processes_than_the_limit()
    {
        CommandResult run = await RunAsync("--pids-limit", "3", App, "sh", "-c", "for i in 1 2 3 4 5; do sleep 5 & done; echo never");
        Assert.Contains("Resource temporarily unavailable", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_process_killed_for_its_memory_is_told_as_oom()
    {
        string since = Events.Now();
        string name = Name();
        (await Docker.RunAsync("run", "--name", name, "--network", "none", "-m", "16m", "--memory-swap", "16m", App, "tail", "-c", "64m", "/dev/zero")).Exits(137);
        Assert.Equal("true 137", await InspectAsync(name, "{{.State.OOMKilled}} {{.State.ExitCode}}"));
        string[] told = [.. (await Events.PastAsync(Docker, since, $"container={name}")).Select(e => e.GetProperty("Action").GetString()!)];
        Assert.Contains("oom", told);
        Assert.True(Array.IndexOf(told, "oom") < Array.IndexOf(told, "die"));
    }

    [Theory]
    [InlineData("Memory=1", "Minimum memory limit allowed is 6MB")]
    [InlineData("MemoryReservation=1", "Minimum memory reservation allowed is 6MB")]
    [InlineData("MemorySwap=99999999", "You should always set the Memory limit when using Memoryswap limit, see usage")]
    [InlineData("CpuPeriod=10", "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")]
    [InlineData("CpuQuota=10", "CPU cfs quota can not be less than 1ms (i.e. 1000)")]
    [InlineData("NanoCpus=999000000000", "of CPUs is from 0.01 to ")]
    [InlineData("CpusetCpus=\"500\"", "Requested CPUs are not available - requested 500, available: ")]
    [InlineData("CpusetMems=\"50\"", "Requested memory nodes are not available - requested 50, available: ")]
    [InlineData("CpusetCpus=\"1-\"", "Invalid value 1- for cpuset cpus")]
    [InlineData("CgroupnsMode=\"x\"", "invalid cgroup namespace mode: x")]
    public async Task What_cannot_be_is_refused_in_dockers_words(string option, string words)
    {
        string[] pair = option.Split('=');
        ApiAnswer answer = await CreateAsync($"\"{pair[0]}\":{pair[1]}");
        Assert.InRange(answer.Status, 400, 499);
        Assert.Contains(words, answer.Message, StringComparison.Ordinal);
    }

    /// <summary>By what /info says that the machine can do.</summary>
    [Fact]
    public async Task What_this_machine_cannot_limit_is_warned_about_and_dropped()
    {
        JsonElement info = (await Api.GetAsync("/info")).Has(200).Json;
        ApiAnswer answer = (await CreateAsync("\"Memory\":16777216,\"MemorySwappiness\":50,\"OomKillDisable\":true")).Has(201);
        string[] warnings = [.. answer.Json.GetProperty("Warnings").EnumerateArray().Select(w => w.GetString()!)];
        string id = answer.Json.GetProperty("Id").GetString()!;
        bool canDisable = info.GetProperty("OomKillDisable").GetBoolean();
        Assert.Equal(canDisable, !warnings.Contains("Your kernel does not support OomKillDisable. OomKillDisable discarded."));
        Assert.Equal(
            info.GetProperty("SwapLimit").GetBoolean(),
            !warnings.Contains("Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap."));
        Assert.Equal(
            !Cgroups.IsUnified,
            !warnings.Contains("Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."));
        Assert.Equal(Cgroups.IsUnified ? "<nil>" : "50", await InspectAsync(id, "{{.HostConfig.MemorySwappiness}}"));
        Assert.Equal(canDisable ? "true" : "false", await InspectAsync(id, "{{if .HostConfig.OomKillDisable}}true{{else}}false{{end}}"));
    }

    [Fact]
    public async Task What_v1_alone_has_is_in_its_files()
    {
        int process = await StartAsync("-m", "64m", "--memory-swappiness", "33", "--oom-kill-disable");
        if (!Cgroups.IsUnified)
        {
            Assert.Equal("33", Cgroups.Read(process, "memory", "memory.swappiness", ""));
            Assert.StartsWith("oom_kill_disable 1\n", Cgroups.Read(process, "memory", "memory.oom_control", ""), StringComparison.Ordinal);
        }
    }

    private async Task<int> StartAsync(params string[] options) => await PidAsync(await SleeperAsync(options));

    private async Task<int> PidAsync(string name) => int.Parse(await InspectAsync(name, "{{.State.Pid}}"), CultureInfo.InvariantCulture);

    private Task<ApiAnswer> CreateAsync(string hostOption)
        => Api.PostAsync("/containers/create", "{\"Image\":\"" + App + "\",\"Cmd\":[\"true\"],\"HostConfig\":{\"NetworkMode\":\"none\"," + hostOption + "}}");

    /// <summary>A whole disk: partitions cannot be throttled on v2.</summary>
    private static string BlockDevice(out string number)
    {
        string disk = Directory.GetDirectories("/sys/block").Where(d => File.Exists("/dev/" + Path.GetFileName(d))).Order(StringComparer.Ordinal).First();
        number = File.ReadAllText(disk + "/dev").Trim();
        return "/dev/" + Path.GetFileName(disk);
    }
}
