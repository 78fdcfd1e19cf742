using System.Text.Json;

namespace Coracle.Cli;

/// <summary>start, stop, kill, wait, rm: one request for each container named.</summary>
internal static class LifecycleCommands
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new("start", "[OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers", [], 1, Command.Any, StartAsync),
        new("stop", "[OPTIONS] CONTAINER [CONTAINER...]", "Stop one or more running containers",
        [
            Option.Value("time", "Seconds to wait before killing the container", 't', "int"),
            Option.Value("timeout", "The same", null, "int"),
            Option.Value("signal", "Signal to send to the container", 's'),
        ], 1, Command.Any, StopAsync),
        new("kill", "[OPTIONS] CONTAINER [CONTAINER...]", "Kill one or more running containers",
            [Option.Value("signal", "Signal to send to the container", 's')], 1, Command.Any, KillAsync),
        new("wait", "CONTAINER [CONTAINER...]", "Block until one or more containers stop, then print their exit codes", [], 1, Command.Any, WaitAsync),
        new("rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers",
        [
            Option.Flag("force", "Force the removal of a running container (uses SIGKILL)", 'f'),
            Option.Flag("volumes", "Remove anonymous volumes associated with the container", 'v'),
        ], 1, Command.Any, RemoveAsync),
    ];

    private static Task<int> StartAsync(Invocation invocation) => EachPostAsync(invocation, "start");

    private static Task<int> StopAsync(Invocation invocation)
    {
        long? seconds = invocation.Arguments.Number("time") ?? invocation.Arguments.Number("timeout");
        List<string> query = [];
        if (seconds is not null)
        {
            query.Add($"t={seconds}");
        }

        if (invocation.Arguments.Value("signal") is string signal)
        {
            query.Add("signal=" + Uri.EscapeDataString(signal));
        }

        return EachPostAsync(invocation, "stop" + (query.Count == 0 ? "" : "?" + string.Join('&', query)));
    }

    private static Task<int> KillAsync(Invocation invocation)
        => EachPostAsync(invocation, "kill?signal=" + Uri.EscapeDataString(invocation.Arguments.Value("signal") ?? "KILL"));

    private static Task<int> WaitAsync(Invocation invocation) => invocation.EachAsync(async name =>
    {
        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", $"/containers/{Uri.EscapeDataString(name)}/wait", null, invocation.CancellationToken);
        JsonElement exit = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        await invocation.SayAsync(exit.GetProperty("StatusCode").GetRawText());
    });

    private static Task<int> RemoveAsync(Invocation invocation) => invocation.EachAsync(async name =>
    {
        string query = $"force={(invocation.Arguments.Has("force") ? 1 : 0)}&v={(invocation.Arguments.Has("volumes") ? 1 : 0)}";
        await invocation.Engine.DoAsync("DELETE", $"/containers/{Uri.EscapeDataString(name)}?{query}", invocation.CancellationToken);
        await invocation.SayAsync(name);
    });

    private static Task<int> EachPostAsync(Invocation invocation, string verb) => invocation.EachAsync(async name =>
    {
        await invocation.Engine.DoAsync("POST", $"/containers/{Uri.EscapeDataString(name)}/{verb}", invocation.CancellationToken);
        await invocation.SayAsync(name);
    });
}
