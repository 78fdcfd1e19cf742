namespace Coracle.E2E;

/// <summary>
/// What the engine was started with (systemd's listening sockets, a lock of the script that started it) ends with the engine: a monitor
/// lives as long as its container, and a socket that it held would take connections that nobody answers.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class InheritedDescriptorTests(Stage stage)
{
    private const string Inherited = "/etc/passwd";

    [Theory]
    [InlineData("")]
    [InlineData("close_range")]
    public async Task No_monitor_holds_what_the_engine_inherited(string maskedCalls)
    {
        await using Engine engine = await Engine.StartAsync(new EngineSetting($"exec 7<{Inherited}") { MaskedCalls = maskedCalls });
        Assert.Equal(Inherited, Processes.LinkOf(engine.ProcessId, "fd/7"));
        DockerCli docker = new(DockerCli.Newest, engine);
        string app = stage.Images.App.Reference;
        await docker.SayAsync("pull", "-q", app);
        string id = await docker.SayAsync("run", "-d", "--network", "none", app, "sleep", "1000");
        int monitor = Assert.Single(Processes.All(), p => Processes.CommandLine(p).StartsWith($"coracle-monitor {id}", StringComparison.Ordinal));
        Assert.DoesNotContain(Inherited, Directory.GetFiles($"/proc/{monitor}/fd").Select(fd => Processes.LinkOf(monitor, "fd/" + Path.GetFileName(fd))));
        await docker.SayAsync("rm", "-f", id);
    }
}
