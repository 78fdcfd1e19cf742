namespace Coracle.E2E;

/// <summary>A test against the shared engine. It names its containers by <see cref="Name"/>; after it nothing may be left.</summary>
public abstract class EngineTest(Stage stage) : IAsyncLifetime
{
    private static int _names;

    internal Engine Engine => stage.Engine;

    internal Registry Registry => stage.Registry;

    internal Gallery Images => stage.Images;

    internal RawApi Api => stage.Engine.Api;

    /// <summary>The newest docker command line that is here.</summary>
    internal DockerCli Docker { get; } = new(DockerCli.Newest, stage.Engine);

    /// <summary>The image that the engine always has.</summary>
    internal string App => stage.Images.App.Reference;

    internal DockerCli Cli(string program) => new(program, Engine);

    /// <summary>A container name nobody has.</summary>
    internal static string Name() => $"t{Interlocked.Increment(ref _names)}";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await stage.Leaks.CleanAndCheckAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>docker run --rm --network none of the shared image.</summary>
    internal Task<CommandResult> RunAsync(params string[] rest) => Docker.RunAsync(["run", "--rm", "--network", "none", .. rest]);

    /// <summary>The same with a shell line as the command.</summary>
    internal Task<CommandResult> ShellAsync(string line) => RunAsync(App, "sh", "-c", line);

    /// <summary>A container that runs until it is killed. Its first line is out before this returns, so its signal handlers are in place.</summary>
    internal async Task<string> SleeperAsync(params string[] options)
    {
        string name = Name();
        await Docker.SayAsync(["run", "-d", "--name", name, "--network", "none", .. options, App,
            "sh", "-c", "trap 'echo terminated; exit 3' TERM; trap 'echo hung up' HUP; echo ready; while :; do sleep 0.1; done"]);
        await LogHoldsAsync(name, "ready");
        return name;
    }

    internal Task LogHoldsAsync(string container, string text)
        => Deadline.HoldsAsync($"'{text}' in the log of {container}", async () => (await Docker.RunAsync("logs", container)).Everything.Contains(text, StringComparison.Ordinal), () => Engine.LogTail);

    /// <summary>An end for <c>docker events</c> behind everything that has happened.</summary>
    internal static string InASecond() => (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>docker inspect --format.</summary>
    internal Task<string> InspectAsync(string what, string format) => Docker.SayAsync("inspect", "--format", format, what);
}
