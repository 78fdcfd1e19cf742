using System.Text.Json;

namespace Coracle.Cli;

internal static class LogsCommand
{
    public static Command Definition { get; } = new("logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container",
    [
        Option.Flag("follow", "Follow log output", 'f'),
        Option.Value("since", "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\")"),
        Option.Value("until", "Show logs before a timestamp or relative"),
        Option.Value("tail", "Number of lines to show from the end of the logs (default \"all\")", 'n'),
        Option.Flag("timestamps", "Show timestamps", 't'),
        Option.Flag("details", "Show extra details provided to logs"),
    ], 1, 1, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string container = Uri.EscapeDataString(invocation.Words[0]);
        JsonElement inspect = await invocation.Engine.GetAsync($"/containers/{container}/json", invocation.CancellationToken);
        DateTimeOffset now = invocation.Process.Time.GetUtcNow();
        string target = $"/containers/{container}/logs?stdout=1&stderr=1"
            + (arguments.Has("follow") ? "&follow=1" : "")
            + (arguments.Has("timestamps") ? "&timestamps=1" : "")
            + (arguments.Has("details") ? "&details=1" : "")
            + (arguments.Value("tail") is string tail ? $"&tail={Uri.EscapeDataString(tail)}" : "")
            + (arguments.Value("since") is string since ? $"&since={Moment.Parse(since, now)}" : "")
            + (arguments.Value("until") is string until ? $"&until={Moment.Parse(until, now)}" : "");
        await using EngineAnswer answer = await invocation.Engine.SendAsync("GET", target, null, invocation.CancellationToken);
        bool isTerminal = inspect.GetProperty("Config").GetProperty("Tty").GetBoolean();
        CliProcess process = invocation.Process;
        await (isTerminal
            ? answer.Response.Body.CopyToAsync(process.Output, invocation.CancellationToken)
            : MultiplexedStream.CopyAsync(answer.Response.Body, process.Output, process.Errors, invocation.CancellationToken));
        return 0;
    }
}
