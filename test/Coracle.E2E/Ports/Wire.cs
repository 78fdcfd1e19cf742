namespace Coracle.E2E;

/// <summary>
/// The program <c>Probes/wire.c</c> on a test's host: it answers in containers and asks from everywhere. An answer is one line, and so is
/// what is said instead of one: <c>connect: ECONNREFUSED</c>, <c>receive: no answer</c>.
/// </summary>
internal sealed class Wire
{
    /// <summary>What it says when nothing comes back: the packet was dropped on the way.</summary>
    public const string Silence = "connect: no answer";

    private const string Inside = Probe.Inside + "/wire";

    private readonly NetworkHost _host;
    private readonly string _mount;

    private Wire(NetworkHost host, string mount)
    {
        _host = host;
        _mount = mount;
        Program = Path.Combine(mount[..mount.IndexOf(':', StringComparison.Ordinal)], "wire");
    }

    /// <summary>Where it is outside of containers.</summary>
    public string Program { get; }

    public static async Task<Wire> OnAsync(NetworkHost host) => new(host, await Probe.MountAsync("wire", host.Engine));

    /// <summary>A container that answers with its own name at these ports, which listens when this returns.</summary>
    /// <param name="ports">Of the container, separated by spaces: <c>80 81</c>.</param>
    /// <param name="options">Of docker run.</param>
    public async Task<string> ServeAsync(string name, string ports, params string[] options)
    {
        string id = (await RunAsync(name, ports, options)).Succeeds().Text;
        await ReadyAsync(name);
        return id;
    }

    /// <summary>The same, where docker run may fail.</summary>
    public Task<CommandResult> RunAsync(string name, string ports, params string[] options) => _host.Docker.RunAsync(
        ["run", "-d", "--name", name, "-v", _mount, .. options, _host.App, Inside, "serve", name, .. ports.Split(' ')]);

    /// <summary>A container that only asks.</summary>
    public Task<string> AskerAsync(string name, params string[] options)
        => _host.Docker.SayAsync(["run", "-d", "--name", name, "-v", _mount, .. options, _host.App, "sleep", "100000"]);

    public Task ReadyAsync(string container) => Deadline.HoldsAsync(
        $"{container} to listen", async () => (await _host.Docker.RunAsync("logs", container)).Output.Contains("ready", StringComparison.Ordinal), () => _host.Engine.LogTail);

    public async Task<string> FromHostAsync(string protocol, string address, int port, int from = 0)
        => (await _host.OnHostAsync([Program, .. Question("ask", protocol, address, port, from)])).Text;

    public async Task<string> FromOutsideAsync(string protocol, string address, int port, int from = 0)
        => (await _host.OutsideAsync([Program, .. Question("ask", protocol, address, port, from)])).Text;

    public async Task<string> FromContainerAsync(string container, string protocol, string address, int port)
        => (await _host.Docker.RunAsync(["exec", container, Inside, .. Question("ask", protocol, address, port)])).Text;

    /// <summary>Asks from the container's namespaces when there is no engine that could exec there.</summary>
    public Task<CommandResult> InProcessAsync(int pid, params string[] command)
        => _host.OnHostAsync(["/usr/bin/nsenter", "--target", $"{pid}", "--mount", "--net", .. command]);

    /// <summary>What another program of the host is told that binds this port: <c>bound</c>, or why not.</summary>
    public async Task<string> BindAsync(string protocol, string address, int port)
        => (await _host.OnHostAsync([Program, .. Question("bind", protocol, address, port)])).Text;

    /// <summary>Another program of the host that has this port until it is disposed of.</summary>
    public async Task<Command> OccupyAsync(string protocol, string address, int port)
    {
        Command command = _host.Space.Start([Program, .. Question("bind", protocol, address, port)]);
        await command.OutputHoldsAsync("bound");
        return command;
    }

    /// <summary>A conversation from outside that goes on until it is disposed of, or broken.</summary>
    public async Task<Command> HoldAsync(string protocol, string address, int port)
    {
        Command command = _host.Outside.Start([Program, .. Question("hold", protocol, address, port)]);
        await command.OutputHoldsAsync("held 2\n");
        return command;
    }

    /// <summary>A name server on the outside to which every name has this address.</summary>
    public async Task<Command> NameServerAsync(string address)
    {
        Command command = _host.Outside.Start(Program, "names", NetworkHost.OutsideAddress, address);
        await command.OutputHoldsAsync("ready");
        return command;
    }

    /// <summary>The conversation goes on: two more answers come.</summary>
    public static Task GoesOnAsync(Command held)
    {
        int lines = held.OutputSoFar.Count(c => c == '\n');
        return held.OutputHoldsAsync(output => output.Count(c => c == '\n') >= lines + 2, $"held {lines + 2}");
    }

    private static string[] Question(string verb, string protocol, string address, int port, int from = 0)
        => [verb, protocol, address, $"{port}", .. from == 0 ? (string[])[] : [$"{from}"]];
}
