namespace Coracle.E2E;

/// <summary>Debian's dockerd beside the engine under test, for what the two exchange or share. Started where it is needed, stopped with the test.</summary>
internal sealed class ReferenceEngine : IAsyncDisposable
{
    private readonly string _root;
    private readonly Command _process;

    private ReferenceEngine(string root, Command process) => (_root, _process) = (root, process);

    private string Address => $"unix://{_root}/s";

    /// <param name="prepare">Shell lines before it, in whose process it then runs: what it inherits.</param>
    public static async Task<ReferenceEngine> StartAsync(string prepare = "")
    {
        string root = Machine.NewDirectory();
        Command process = Command.Start("/bin/sh",
        [
            "-ec", prepare + "\nexec \"$@\"", "sh", Machine.Find("docker.io", "/usr/sbin/dockerd"),
            "-H", $"unix://{root}/s", "--data-root", $"{root}/data", "--exec-root", $"{root}/exec", "--pidfile", $"{root}/pid", "--bridge=none",
            "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
        ], Machine.Environment(root));
        ReferenceEngine engine = new(root, process);
        try
        {
            await Deadline.HoldsAsync("dockerd's answer", async () => (await engine.RunAsync("version")).ExitCode == 0, () => "", TimeSpan.FromSeconds(60));
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    public Task<CommandResult> RunAsync(params string[] arguments)
        => Command.RunAsync(Machine.Find("docker.io", DockerCli.Newest), ["-H", Address, .. arguments], Machine.Environment(_root));

    public async ValueTask DisposeAsync()
    {
        await _process.SignalAsync("TERM");
        await _process.EndAsync();
        await _process.DisposeAsync();
        await Processes.UnmountBelowAsync(_root);
        Directory.Delete(_root, recursive: true);
    }
}
