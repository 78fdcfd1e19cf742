using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>tag and rmi.</summary>
internal static class ImageCommands
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new("tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", [], 2, 2, TagAsync),
        new("rmi", "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images",
        [
            Option.Flag("force", "Force removal of the image", 'f'),
            Option.Flag("no-prune", "Do not delete untagged parents"),
        ], 1, Command.Any, RemoveAsync),
    ];

    private static async Task<int> TagAsync(Invocation invocation)
    {
        ImageReference target = PullCommand.Parse(invocation.Words[1]).WithDefaultTag();
        string source = EscapeName(invocation.Words[0]);
        await invocation.Engine.DoAsync("POST", $"/images/{source}/tag?repo={Uri.EscapeDataString(target.FamiliarName)}&tag={Uri.EscapeDataString(target.Tag!)}", invocation.CancellationToken);
        return 0;
    }

    private static Task<int> RemoveAsync(Invocation invocation) => invocation.EachAsync(async name =>
    {
        string query = $"force={(invocation.Arguments.Has("force") ? 1 : 0)}&noprune={(invocation.Arguments.Has("no-prune") ? 1 : 0)}";
        await using EngineAnswer answer = await invocation.Engine.SendAsync("DELETE", $"/images/{EscapeName(name)}?{query}", null, invocation.CancellationToken);
        JsonElement removed = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        foreach (JsonProperty what in removed.EnumerateArray().SelectMany(e => e.EnumerateObject()))
        {
            await invocation.SayAsync($"{what.Name}: {what.Value.GetString()}");
        }
    });

    /// <summary>The slashes of a name are part of the path; the rest is escaped.</summary>
    private static string EscapeName(string name) => Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);
}
