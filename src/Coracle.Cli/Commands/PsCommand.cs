using System.Text.Json;

namespace Coracle.Cli;

internal static class PsCommand
{
    private const int CommandChars = 20;
    private const int ShortIdChars = 12;

    public static Command Definition { get; } = new("ps", "[OPTIONS]", "List containers",
    [
        Option.Flag("all", "Show all containers (default shows just running)", 'a'),
        Option.List("filter", "Filter output based on conditions provided", 'f'),
        Option.Value("format", "Format output using a Go template: fields and json"),
        Option.Value("last", "Show n last created containers (includes all states)", 'n', "int"),
        Option.Flag("latest", "Show the latest created container (includes all states)", 'l'),
        Option.Flag("no-trunc", "Don't truncate output"),
        Option.Flag("quiet", "Only display container IDs", 'q'),
    ], 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        long? last = arguments.Has("latest") ? 1 : arguments.Number("last");
        string target = $"/containers/json?all={(arguments.Has("all") ? 1 : 0)}" + (last is null ? "" : $"&limit={last}") + Filters.Query(arguments.Values("filter"));
        JsonElement list = await invocation.Engine.GetAsync(target, invocation.CancellationToken);
        bool whole = arguments.Has("no-trunc");
        Table table = new("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES");
        foreach (JsonElement container in list.EnumerateArray())
        {
            string[] cells = Cells(container, whole, invocation.Process.Time.GetUtcNow());
            if (arguments.Has("quiet"))
            {
                await invocation.SayAsync(cells[0]);
            }
            else if (arguments.Value("format") is string format)
            {
                await invocation.SayAsync(Template.Apply(format, Row.Of(["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names", "State"], [.. cells, Text(container, "State")])));
            }
            else
            {
                table.Add(cells);
            }
        }

        if (!arguments.Has("quiet") && arguments.Value("format") is null)
        {
            await invocation.Process.WriteAsync(invocation.Process.Output, table.ToString(), invocation.CancellationToken);
        }

        return 0;
    }

    private static string[] Cells(JsonElement container, bool whole, DateTimeOffset now)
    {
        string id = Text(container, "Id");
        string command = Text(container, "Command");
        string shown = whole || command.Length <= CommandChars ? command : command[..(CommandChars - 1)] + "…";
        string image = Text(container, "Image");
        if (!whole && image.StartsWith("sha256:", StringComparison.Ordinal))
        {
            image = image["sha256:".Length..][..ShortIdChars];
        }

        DateTimeOffset created = DateTimeOffset.FromUnixTimeSeconds(container.GetProperty("Created").GetInt64());
        string names = string.Join(',', container.GetProperty("Names").EnumerateArray().Select(n => n.GetString()!.TrimStart('/')));
        return [whole ? id : id[..ShortIdChars], image, $"\"{shown}\"", HumanTime.Ago(now - created), Text(container, "Status"), "", names];
    }

    private static string Text(JsonElement container, string name)
        => container.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
