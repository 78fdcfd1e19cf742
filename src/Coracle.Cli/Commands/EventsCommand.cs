using System.Globalization;
using System.Text.Json;

namespace Coracle.Cli;

internal static class EventsCommand
{
    public static Command Definition { get; } = new("events", "[OPTIONS]", "Get real time events from the server",
    [
        Option.List("filter", "Filter output based on conditions provided", 'f'),
        Option.Value("format", "Format output using a Go template: fields and json"),
        Option.Value("since", "Show all events created since timestamp"),
        Option.Value("until", "Stream events until this timestamp"),
    ], 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        DateTimeOffset now = invocation.Process.Time.GetUtcNow();
        string target = "/events?" + (arguments.Value("since") is string since ? $"since={Moment.Parse(since, now)}&" : "")
            + (arguments.Value("until") is string until ? $"until={Moment.Parse(until, now)}&" : "") + Filters.Query(arguments.Values("filter")).TrimStart('&');
        await using EngineAnswer answer = await invocation.Engine.SendAsync("GET", target.TrimEnd('&', '?'), null, invocation.CancellationToken);
        await foreach (JsonElement message in JsonLines.ReadAsync(answer.Response.Body, invocation.CancellationToken))
        {
            await invocation.SayAsync(arguments.Value("format") is string format ? Template.Apply(format, message) : Line(message));
        }

        return 0;
    }

    /// <summary><c>2026-01-02T03:04:05.123456789Z container start ID (image=…, name=…)</c></summary>
    private static string Line(JsonElement message)
    {
        long nanoseconds = message.GetProperty("timeNano").GetInt64();
        DateTimeOffset second = DateTimeOffset.FromUnixTimeSeconds(nanoseconds / 1_000_000_000);
        JsonElement actor = message.GetProperty("Actor");
        IEnumerable<string> attributes = actor.GetProperty("Attributes").EnumerateObject().OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => $"{a.Name}={a.Value.GetString()}");
        return $"{second.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)}.{nanoseconds % 1_000_000_000:d9}Z "
            + $"{message.GetProperty("Type").GetString()} {message.GetProperty("Action").GetString()} {actor.GetProperty("ID").GetString()} ({string.Join(", ", attributes)})";
    }
}
