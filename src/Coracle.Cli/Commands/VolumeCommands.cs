using System.Text.Json;

namespace Coracle.Cli;

/// <summary>volume create, ls and rm.</summary>
internal static class VolumeCommands
{
    public static Command Create { get; } = new("volume create", "[OPTIONS] [VOLUME]", "Create a volume",
    [
        Option.Value("driver", "Specify volume driver name (default \"local\")", 'd'),
        Option.List("label", "Set metadata for a volume"),
        Option.List("opt", "Set driver specific options (default map[])", 'o') with { Type = "map" },
    ], 0, 1, CreateAsync);

    public static Command List { get; } = new("volume ls", "[OPTIONS]", "List volumes",
    [
        FormatHelp.FilterOf("Provide filter values (e.g. \"dangling=true\")", 'f'),
        FormatHelp.List,
        Option.Flag("quiet", "Only display volume names", 'q'),
    ], 0, 0, ListAsync);

    public static Command Remove { get; } = new("volume rm", "[OPTIONS] VOLUME [VOLUME...]",
        "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
        [Option.Flag("force", "Force the removal of one or more volumes", 'f')], 1, Command.Any, RemoveAsync);

    private static async Task<int> CreateAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        byte[] body = Json.Bytes(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("Driver", arguments.Value("driver") ?? "local");
            WritePairs(writer, "DriverOpts", arguments.Values("opt"));
            WritePairs(writer, "Labels", arguments.Values("label"));
            writer.WriteString("Name", invocation.Words.Count > 0 ? invocation.Words[0] : "");
            writer.WriteEndObject();
        });
        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", "/volumes/create", body, invocation.CancellationToken);
        JsonElement volume = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        await invocation.SayAsync(volume.GetProperty("Name").GetString()!);
        return 0;
    }

    private static void WritePairs(Utf8JsonWriter writer, string name, IReadOnlyList<string> pairs)
    {
        writer.WriteStartObject(name);
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            writer.WriteString(equals < 0 ? pair : pair[..equals], equals < 0 ? "" : pair[(equals + 1)..]);
        }

        writer.WriteEndObject();
    }

    private static async Task<int> ListAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string query = Filters.Query(arguments.Values("filter"));
        JsonElement answer = await invocation.Engine.GetAsync("/volumes" + (query.Length > 0 ? "?" + query[1..] : ""), invocation.CancellationToken);
        View view = new(IsWhole: false, invocation.Process.Time);
        List<Row> rows = [.. DiskUse.Of(answer, "Volumes", VolumeListing.Listing, view).OrderBy(row => row.Text("Name"), NaturalOrder.Instance)];
        await invocation.Process.WriteAsync(invocation.Process.Output, VolumeListing.Listing.Render(arguments.Value("format"), arguments.Has("quiet"), rows), invocation.CancellationToken);
        return 0;
    }

    private static Task<int> RemoveAsync(Invocation invocation) => invocation.EachAsync(async name =>
    {
        string force = invocation.Arguments.Has("force") ? "?force=1" : "";
        await invocation.Engine.DoAsync("DELETE", $"/volumes/{Uri.EscapeDataString(name)}{force}", invocation.CancellationToken);
        await invocation.SayAsync(name);
    });
}
