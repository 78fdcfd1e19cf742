using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

internal static class EventsCommand
{
    private const int WrongTemplateCode = 64;
    private const long Billion = 1_000_000_000;

    public static Command Definition { get; } = new("events", "[OPTIONS]", "Get real time events from the server",
    [
        FormatHelp.Filter,
        FormatHelp.Stream,
        Option.Value("since", "Show all events created since timestamp"),
        Option.Value("until", "Stream events until this timestamp"),
    ], 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        DateTimeOffset now = invocation.Process.Time.GetUtcNow();
        Template? template = TemplateOf(arguments.Value("format"));
        string target = "/events?" + (arguments.Value("since") is string since ? $"since={Parse(since, now)}&" : "")
            + (arguments.Value("until") is string until ? $"until={Parse(until, now)}&" : "") + Filters.Query(arguments.Values("filter")).TrimStart('&');
        View view = new(IsWhole: true, invocation.Process.Time);
        await using EngineAnswer answer = await invocation.Engine.SendAsync("GET", target.TrimEnd('&', '?'), null, invocation.CancellationToken);
        await foreach (JsonElement message in JsonLines.ReadAsync(answer.Response.Body, invocation.CancellationToken))
        {
            await invocation.SayAsync(template is null ? Line(message, view) : Filled(template, message));
        }

        return 0;
    }

    private static string Parse(string moment, DateTimeOffset now)
    {
        try
        {
            return Moment.Parse(moment, now);
        }
        catch (CliException)
        {
            throw new CliException($"failed to parse value as time or duration: {GoQuote.Quote(moment)}");
        }
    }

    private static Template? TemplateOf(string? format)
    {
        try
        {
            return string.IsNullOrEmpty(format) ? null : new Template(format == "json" ? "{{json .}}" : format);
        }
        catch (TemplateException mistake)
        {
            throw new CliException("Error parsing format: " + mistake.Message, WrongTemplateCode);
        }
    }

    private static string Filled(Template template, JsonElement message)
    {
        StringBuilder text = new();
        try
        {
            template.Fill(text, EngineValue.Of(message, JsonReading.Typed, "", EngineValue.EventType));
        }
        catch (TemplateException mistake)
        {
            throw new CliException("Error parsing format: " + mistake.Message, WrongTemplateCode);
        }

        return text.ToString();
    }

    /// <summary><c>2026-01-02T03:04:05.123456789Z container start ID (image=…, name=…)</c></summary>
    private static string Line(JsonElement message, View view)
    {
        long nanoseconds = message.TryGetProperty("timeNano", out JsonElement exact) ? exact.GetInt64() : message.GetProperty("time").GetInt64() * Billion;
        string fraction = "." + (nanoseconds % Billion).ToString("d9", CultureInfo.InvariantCulture);
        JsonElement actor = message.GetProperty("Actor");
        List<string> pairs = [.. JsonLists.Members(actor.Member("Attributes"), a => $"{a.Name}={a.Value.GetString()}").Order(StringComparer.Ordinal)];
        return $"{view.Rfc3339(nanoseconds / Billion, fraction)} {message.GetProperty("Type").GetString()} {message.GetProperty("Action").GetString()} "
            + actor.GetProperty("ID").GetString() + (pairs.Count > 0 ? $" ({string.Join(", ", pairs)})" : "");
    }
}
