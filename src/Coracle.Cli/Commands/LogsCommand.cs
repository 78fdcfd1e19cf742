using System.Text.Json;

namespace Coracle.Cli;

internal static class LogsCommand
{
    public static Command Definition { get; } = new("logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container", OptionTable.Parse("""
            --details  Show extra details provided to logs
        -f, --follow  Follow log output
            --since string  Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)
        -n, --tail string  Number of lines to show from the end of the logs (default "all")
        -t, --timestamps  Show timestamps
            --until string  Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)
        """u8), 1, 1, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        JsonElement container = await invocation.Engine.GetAsync(Invocation.PathOf(invocation.Words[0]) + "/json", invocation.CancellationToken);
        string target = $"/containers/{container.GetProperty("Id").GetString()}/logs?stdout=1&stderr=1"
            + (arguments.Has("follow") ? "&follow=1" : "")
            + (arguments.Has("timestamps") ? "&timestamps=1" : "")
            + (arguments.Has("details") ? "&details=1" : "")
            + $"&tail={Uri.EscapeDataString(arguments.Value("tail") ?? "all")}"
            + Moment.Query(invocation, "since") + Moment.Query(invocation, "until");
        await using EngineAnswer answer = await invocation.Engine.SendAsync("GET", target, null, invocation.CancellationToken);
        CliProcess process = invocation.Process;
        await (container.GetProperty("Config").GetProperty("Tty").GetBoolean()
            ? answer.Response.Body.CopyToAsync(process.Output, invocation.CancellationToken)
            : MultiplexedStream.CopyAsync(answer.Response.Body, process.Output, process.Errors, invocation.CancellationToken));
        return 0;
    }
}
