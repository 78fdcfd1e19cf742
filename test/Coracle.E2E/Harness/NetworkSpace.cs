namespace Coracle.E2E;

/// <summary>A network namespace of a test's own. A process holds it, which ends with the test program, however that ends.</summary>
internal sealed class NetworkSpace : IAsyncDisposable
{
    private readonly Command _holder;

    private NetworkSpace(Command holder) => _holder = holder;

    /// <summary>What nsenter takes.</summary>
    public string Path => $"/proc/{_holder.Id}/ns/net";

    /// <summary>With its loopback interface up.</summary>
    public static async Task<NetworkSpace> OpenAsync()
    {
        // cat reads a pipe of ours: it ends when that is closed.
        Command holder = Command.Start("/usr/bin/unshare", ["--net", "/bin/sh", "-ec", "ip link set lo up; echo ready; exec cat"], Machine.Environment("/"));
        await holder.OutputHoldsAsync("ready\n");
        return new NetworkSpace(holder);
    }

    public Command Start(params string[] command) => Command.Start("/usr/bin/nsenter", ["--net=" + Path, "--", .. command], Machine.Environment("/"));

    public async Task<CommandResult> RunAsync(params string[] command)
    {
        await using Command running = Start(command);
        running.CloseInput();
        return await running.EndAsync();
    }

    /// <summary>Shell lines, the first that fails ends them.</summary>
    public async Task ShellAsync(string lines) => (await RunAsync("/bin/sh", "-ec", lines)).Succeeds();

    /// <summary>Processes in it that this program did not start itself.</summary>
    public IEnumerable<int> Inhabitants()
    {
        string? own = Processes.LinkOf(_holder.Id, "ns/net");
        return Processes.All().Where(id => Processes.LinkOf(id, "ns/net") == own && Processes.ParentOf(id) != System.Environment.ProcessId && Processes.Lives(id));
    }

    public async ValueTask DisposeAsync()
    {
        _holder.CloseInput();
        _ = await _holder.EndAsync();
        await _holder.DisposeAsync();
    }
}
