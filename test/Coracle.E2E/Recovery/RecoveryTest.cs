namespace Coracle.E2E;

/// <summary>A test with an engine of its own, which it stops, kills and starts again; after it nothing may be left.</summary>
public abstract class RecoveryTest(Stage stage) : IAsyncLifetime
{
    private LeakCheck _leaks = null!;

    internal Engine Engine { get; private set; } = null!;

    internal DockerCli Docker { get; private set; } = null!;

    internal RawApi Api => Engine.Api;

    internal Gallery Images => stage.Images;

    internal Registry Registry => stage.Registry;

    internal string App => stage.Images.App.Reference;

    public virtual async ValueTask InitializeAsync()
    {
        Engine = await StartEngineAsync();
        Docker = new DockerCli(DockerCli.Newest, Engine);
        _leaks = new LeakCheck(Engine);
        await Docker.SayAsync("pull", "-q", App);
        await Docker.SayAsync("run", "--rm", "--network", "none", App, "true"); // what an engine makes on first use and keeps
        _leaks.TakeBaseline();
    }

    public virtual async ValueTask DisposeAsync()
    {
        try
        {
            if (Engine.HasEnded)
            {
                // A test that failed between two engines: only an engine can take its containers away.
                Engine.CrashAt = null;
                await Engine.StartAgainAsync();
            }

            await _leaks.CleanAndCheckAsync();
        }
        finally
        {
            // A test that found a leak must not leave an engine running as one more.
            _leaks.Dispose();
            await Engine.DisposeAsync();
            GC.SuppressFinalize(this);
        }
    }

    private protected virtual Task<Engine> StartEngineAsync() => Engine.StartAsync();

    internal Task CheckLeaksAsync() => _leaks.CleanAndCheckAsync();

    /// <summary>Every file below the data root with its length: equal lists are equal bytes.</summary>
    internal string[] DataFiles() => Engine.Kind == EngineKind.Docker ? [] :
    [
        .. Directory.EnumerateFiles(Engine.DataRoot, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            // The lock says who holds it: a process number has as many digits as it has.
            .Select(file => file == Path.Combine(Engine.DataRoot, "lock") ? file : $"{file} {new FileInfo(file).Length}").Order(StringComparer.Ordinal),
    ];

    /// <summary>The two ways in which an engine goes.</summary>
    public static TheoryData<string> Ways => new("TERM", "KILL");

    internal Task EndAsync(string way) => way == "KILL" ? Engine.KillAsync() : Engine.StopAsync();

    internal async Task EndAndStartAgainAsync(string way)
    {
        await EndAsync(way);
        await Engine.StartAgainAsync();
    }

    /// <summary>A container that runs a shell line.</summary>
    internal Task<string> StartAsync(string line, params string[] options)
        => Docker.SayAsync(["run", "-d", "--network", "none", .. options, App, "sh", "-c", line]);

    internal Task<string> InspectAsync(string container, string format) => Docker.SayAsync("inspect", "--format", format, container);

    internal async Task<int> PidAsync(string container) => int.Parse(await InspectAsync(container, "{{.State.Pid}}"), System.Globalization.CultureInfo.InvariantCulture);

    internal Task LogHoldsAsync(string id, string text)
        => Deadline.HoldsAsync($"'{text}' in the log", async () => (await Docker.RunAsync("logs", id)).Output.Contains(text, StringComparison.Ordinal), () => Engine.LogTail);

    internal Task IsAsync(string container, string format, string value)
        => Deadline.HoldsAsync($"'{value}' as {format}", async () => (await Docker.RunAsync("inspect", "--format", format, container)).Text == value, () => Engine.LogTail);

    /// <summary>Ends a container's process while no engine is there.</summary>
    internal async Task EndProcessAsync(int pid, string signal = "TERM")
    {
        await Signals.SendAsync(signal, pid);
        await Deadline.HoldsAsync("the end of the container's process", () => !Processes.Lives(pid), () => Engine.LogTail);
    }

    /// <summary>Actions told of a container since that moment, by this engine.</summary>
    internal async Task<string[]> ToldAsync(string since, string container)
        => [.. (await Events.PastAsync(Docker, since, $"container={container}")).Select(e => e.GetProperty("Action").GetString()!)];
}
