using System.Globalization;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>Where containers' cgroups are, what they let through, and what is seen of them.</summary>
public sealed class CgroupTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task A_container_is_where_its_engine_says()
    {
        string name = await SleeperAsync();
        string id = await InspectAsync(name, "{{.Id}}");
        string path = Cgroups.PathOf(await PidAsync(name), "memory");
        string unit = Engine.Kind == EngineKind.Docker ? "docker" : "coracle"; // docs/differences.md
        Assert.EndsWith(await IsSystemdAsync() ? $"/system.slice/{unit}-{id}.scope" : $"/docker/{id}", path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_of_its_own()
    {
        bool systemd = await IsSystemdAsync();
        string name = await SleeperAsync("--cgroup-parent", systemd ? "e2e-parent.slice" : "/e2e/parent");
        string id = await InspectAsync(name, "{{.Id}}");
        string path = Cgroups.PathOf(await PidAsync(name), "memory");
        Assert.Contains(systemd ? "/e2e.slice/e2e-parent.slice/" : "/e2e/parent/", path, StringComparison.Ordinal);
        Assert.Contains(id, path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_that_is_no_slice_is_refused_where_systemd_owns_cgroups()
    {
        ApiAnswer answer = await Api.PostAsync("/containers/create", "{\"Image\":\"" + App + "\",\"HostConfig\":{\"CgroupParent\":\"/e2e/none\"}}");
        if (await IsSystemdAsync())
        {
            Assert.Equal("cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"", answer.Has(400).Message);
        }
        else
        {
            answer.Has(201);
        }
    }

    [Fact]
    public async Task The_namespace_is_private_on_v2_and_the_hosts_on_v1()
    {
        string name = await SleeperAsync();
        Assert.Equal(Cgroups.IsUnified ? "private" : "host", await InspectAsync(name, "{{.HostConfig.CgroupnsMode}}"));
        string own = Processes.LinkOf(System.Environment.ProcessId, "ns/cgroup")!;
        Assert.Equal(!Cgroups.IsUnified, own == Processes.LinkOf(await PidAsync(name), "ns/cgroup"));
    }

    [Theory]
    [InlineData("private")]
    [InlineData("host")]
    public async Task The_namespace_that_was_asked_for(string mode)
    {
        string[] lines = (await RunAsync("--cgroupns", mode, App, "cat", "/proc/self/cgroup")).Succeeds().Lines;
        bool isRoot = lines.Where(line => !line.StartsWith("0::", StringComparison.Ordinal) || Cgroups.IsUnified).All(line => line.EndsWith(":/", StringComparison.Ordinal));
        Assert.Equal(mode == "private", isRoot);
    }

    [Fact]
    public async Task Pause_is_the_freezers()
    {
        string name = await SleeperAsync();
        int process = await PidAsync(name);
        await Docker.SayAsync("pause", name);
        Assert.Equal(Cgroups.IsUnified ? "1" : "FROZEN", Cgroups.Read(process, "freezer", "freezer.state", "cgroup.freeze"));
        await Docker.SayAsync("unpause", name);
        Assert.Equal(Cgroups.IsUnified ? "0" : "THAWED", Cgroups.Read(process, "freezer", "freezer.state", "cgroup.freeze"));
    }

    /// <summary>Character device 240:1 is nobody's: who may open it is told that it is not there, who may not is told that.</summary>
    [Theory]
    [InlineData("", "Operation not permitted")]
    [InlineData("c 240:1 r", "No such device")]
    [InlineData("c 240:* rwm", "No such device")]
    [InlineData("c 240:2 rwm", "Operation not permitted")]
    [InlineData("c 240:1 w", "Operation not permitted")]
    [InlineData("a *:* rwm", "No such device")]
    public async Task Devices_are_what_the_rules_allow(string rule, string answer)
    {
        string[] options = rule.Length > 0 ? ["--device-cgroup-rule", rule] : [];
        CommandResult run = await RunAsync([.. options, App, "sh", "-c", "mknod /node c 240 1 && cat /node"]);
        Assert.Contains(answer, run.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact, Trait("Engine", "coracle")] // runc needs more capabilities than a machine may have
    public async Task A_privileged_container_may_use_every_device()
    {
        CommandResult run = await RunAsync("--privileged", App, "sh", "-c", "mknod /node c 240 1 && cat /node");
        Assert.Contains("No such device", run.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exec_may_use_what_its_container_may()
    {
        string name = await SleeperAsync("--device-cgroup-rule", "c 240:1 rw");
        CommandResult exec = await Docker.RunAsync("exec", name, "sh", "-c", "mknod /a c 240 1; mknod /b c 240 2; cat /a; cat /b");
        Assert.Contains("/a': No such device", exec.Errors, StringComparison.Ordinal);
        Assert.Contains("/b': Operation not permitted", exec.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r", 1)]
    [InlineData("w", 0)]
    [InlineData("rwm", 0)]
    public async Task A_device_of_the_host_is_there_with_its_permissions(string permissions, int code)
    {
        // Opened for writing, the kernel's log is nobody's secret.
        CommandResult run = await RunAsync("--device", $"/dev/kmsg:/dev/mine:{permissions}", App, "sh", "-c", "stat -c %t:%T /dev/mine; : > /dev/mine");
        Assert.Equal("1:b", run.Exits(code).Text);
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_named()
    {
        CommandResult run = await RunAsync("--device", "/dev/nosuch", App, "true");
        Assert.Contains(
            "error gathering device information while adding custom device \"/dev/nosuch\": no such file or directory",
            run.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_says_which_cgroups_there_are()
    {
        JsonElement info = (await Api.GetAsync("/info")).Has(200).Json;
        Assert.Equal(Cgroups.IsUnified ? "2" : "1", info.GetProperty("CgroupVersion").GetString());
        bool systemd = Cgroups.IsUnified && Directory.Exists("/run/systemd/system");
        Assert.Equal(systemd ? "systemd" : "cgroupfs", info.GetProperty("CgroupDriver").GetString());
    }

    private async Task<bool> IsSystemdAsync() => (await Api.GetAsync("/info")).Has(200).Json.GetProperty("CgroupDriver").GetString() == "systemd";

    private async Task<int> PidAsync(string name) => int.Parse(await InspectAsync(name, "{{.State.Pid}}"), CultureInfo.InvariantCulture);
}
