namespace Coracle.E2E;

/// <summary>
/// The engine in a container of its own: on cgroup v2 it has to leave the top of the tree that it sees before it can hand controllers
/// down; on v1 the container's directories are its tree. Our own file alone: it is one file without a library.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class CgroupNestedTests(Stage stage) : EngineTest(stage)
{
    private const string Socket = "unix:///run/inner";

    [Fact]
    public async Task A_container_of_an_engine_in_a_container_has_its_limits()
    {
        string outer = Name();
        string data = Directory.CreateDirectory(Path.Combine(Engine.Root, outer)).FullName;
        await Docker.SayAsync("save", "-o", Path.Combine(data, "app.tar"), App);
        await Docker.SayAsync(
            "run", "-d", "--name", outer, "--privileged", "--network", "none", "-m", "400m", "-v", $"{Engine.Program}:/bin/coracle:ro", "-v", $"{data}:/data",
            App, "sh", "-c", $"mkdir -p /run && exec coracle daemon -H {Socket} --data-root /data/root --exec-opt native.cgroupdriver=cgroupfs");
        await Deadline.HoldsAsync("the inner engine", async () => (await InnerAsync(outer, "version")).ExitCode == 0, () => Engine.LogTail);
        (await InnerAsync(outer, "load", "-i", "/data/app.tar")).Succeeds();

        CommandResult run = await InnerAsync(
            outer, "run", "--rm", "--network", "none", "-m", "32m", "--pids-limit", "8", App, "sh", "-c",
            "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max memory.max pids.max 2>/dev/null; echo done");
        Assert.Equal("33554432\n8\ndone", run.Succeeds().Text);
        (await InnerAsync(outer, "run", "--rm", "--network", "none", "-m", "16m", "--memory-swap", "16m", App, "tail", "-c", "64m", "/dev/zero")).Exits(137);
        Assert.Equal("still", (await Docker.RunAsync("exec", outer, "echo", "still")).Succeeds().Text); // an exec finds a place below the top
    }

    private Task<CommandResult> InnerAsync(string outer, params string[] arguments)
        => Docker.RunAsync(["exec", "-e", $"DOCKER_HOST={Socket}", outer, "coracle", .. arguments]);
}
