namespace Coracle.E2E;

/// <summary>--pid, --ipc and --uts: a container's own, the host's, or another container's.</summary>
public sealed class NamespaceTests(Stage stage) : EngineTest(stage)
{
    [Theory]
    [InlineData("--pid", "pid")]
    [InlineData("--ipc", "ipc")]
    [InlineData("--uts", "uts")]
    public async Task The_hosts_can_be_shared(string option, string kind)
    {
        string own = new FileInfo($"/proc/self/ns/{kind}").LinkTarget!;
        Assert.Equal(own, (await RunAsync(option, "host", App, "readlink", $"/proc/self/ns/{kind}")).Succeeds().Text);
        Assert.NotEqual(own, (await RunAsync(App, "readlink", $"/proc/self/ns/{kind}")).Succeeds().Text);
    }

    [Fact]
    public async Task Another_containers_processes_are_seen_and_can_be_signalled()
    {
        string donor = Name();
        await Docker.SayAsync("run", "-d", "--name", donor, "--network", "none", App, "sh", "-c", "trap 'echo told; exit 4' TERM; echo ready; while :; do sleep 0.1; done");
        await LogHoldsAsync(donor, "ready");
        string[] lines = (await RunAsync("--pid", $"container:{donor}", App, "sh", "-c", "readlink /proc/self/ns/pid; cat /proc/1/comm; [ $$ -ne 1 ] && echo other; kill -TERM 1")).Succeeds().Lines;
        Assert.Equal(["sh", "other"], lines[1..]);
        Assert.Equal("4", await Docker.SayAsync("wait", donor));
    }

    [Fact]
    public async Task The_end_of_the_donor_is_the_end_of_who_shares_its_processes()
    {
        string donor = await SleeperAsync();
        string guest = Name();
        await Docker.SayAsync("run", "-d", "--name", guest, "--network", "none", "--pid", $"container:{donor}", App, "sleep", "1000");
        await Docker.SayAsync("kill", donor);
        Assert.Equal("137", await Docker.SayAsync("wait", guest));
        CommandResult again = await Docker.RunAsync("start", guest);
        Assert.NotEqual(0, again.ExitCode);
        Assert.Contains($"container {await InspectAsync(donor, "{{.Id}}")} is not running", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shareable_ipc_is_shared_with_its_memory()
    {
        string donor = await SleeperAsync("--ipc", "shareable");
        await Docker.SayAsync("exec", donor, "sh", "-c", "echo shared > /dev/shm/file");
        string script = "cat /dev/shm/file; echo back > /dev/shm/other; readlink /proc/self/ns/ipc";
        string[] lines = (await RunAsync("--ipc", $"container:{donor}", App, "sh", "-c", script)).Succeeds().Lines;
        Assert.Equal("shared", lines[0]);
        Assert.Equal(lines[1], await Docker.SayAsync("exec", donor, "readlink", "/proc/self/ns/ipc"));
        Assert.Equal("back", await Docker.SayAsync("exec", donor, "cat", "/dev/shm/other"));
    }

    [Fact]
    public async Task Private_ipc_is_not()
    {
        string donor = await SleeperAsync();
        CommandResult refused = await RunAsync("--ipc", $"container:{donor}", App, "true");
        Assert.Equal(125, refused.ExitCode);
        Assert.Contains(
            $"can't join IPC of container {await InspectAsync(donor, "{{.Id}}")}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
            refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_ipc_is_no_shared_memory()
        => Assert.Equal("none", (await RunAsync("--ipc", "none", App, "sh", "-c", "[ -e /dev/shm ] || echo none")).Succeeds().Text);

    [Fact]
    public async Task The_hosts_ipc_brings_its_shared_memory()
    {
        string file = $"/dev/shm/coracle-e2e-{Guid.NewGuid():N}";
        await File.WriteAllTextAsync(file, "host\n");
        try
        {
            Assert.Equal("host", (await RunAsync("--ipc", "host", App, "cat", file)).Succeeds().Text);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Another_containers_network_comes_with_its_name_and_its_files()
    {
        string donor = await SleeperAsync("--hostname", "harbour", "--add-host", "db:10.0.0.9");
        string script = "readlink /proc/self/ns/net; hostname; cat /etc/hosts";
        string[] lines = (await Docker.RunAsync("run", "--rm", "--network", $"container:{donor}", App, "sh", "-c", script)).Succeeds().Lines;
        Assert.Equal(await Docker.SayAsync("exec", donor, "readlink", "/proc/self/ns/net"), lines[0]);
        Assert.Equal("harbour", lines[1]);
        Assert.Contains("10.0.0.9\tdb", lines);
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 has other words
    public async Task A_network_goes_with_its_container()
    {
        string donor = await SleeperAsync();
        await Docker.SayAsync("kill", donor);
        await Docker.SayAsync("wait", donor);
        CommandResult refused = await Docker.RunAsync("run", "--rm", "--network", $"container:{donor}", App, "true");
        Assert.Contains(
            $"cannot join network namespace of a non running container: container {donor} is exited", refused.Exits(125).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--pid")]
    [InlineData("--ipc")]
    public async Task A_container_that_is_not_there_cannot_be_joined(string option)
    {
        CommandResult refused = await Docker.RunAsync("create", option, "container:nosuch", App, "true");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("No such container: nosuch", refused.Errors, StringComparison.Ordinal);
    }
}
