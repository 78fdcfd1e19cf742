using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>tag and rmi.</summary>
internal static class ImageCommands
{
    public static Command Tag { get; } = new("tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", [], 2, 2, TagAsync);

    public static Command Remove { get; } = new("rmi", "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images",
    [
        Option.Flag("force", "Force removal of the image", 'f'),
        Option.Flag("no-prune", "Do not delete untagged parents"),
        Option.List("platform", "Remove only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")") with { Type = "strings" },
    ], 1, Command.Any, RemoveAsync);

    private static async Task<int> TagAsync(Invocation invocation)
    {
        if (!ImageReference.TryParse(invocation.Words[1], out ImageReference? target, out string? problem))
        {
            throw new CliException($"Error parsing reference: {GoQuote.Quote(invocation.Words[1])} is not a valid repository/tag: {problem ?? "invalid reference format"}");
        }

        string query = $"repo={Uri.EscapeDataString(target.FamiliarName)}&tag={Uri.EscapeDataString(target.WithDefaultTag().Tag ?? "")}";
        await invocation.Engine.DoAsync("POST", $"/images/{UrlPath.Name(invocation.Words[0])}/tag?{query}", invocation.CancellationToken);
        return 0;
    }

    /// <summary>With <c>-f</c> an image that is not there is told, and is no failure.</summary>
    private static async Task<int> RemoveAsync(Invocation invocation)
    {
        string query = $"force={(invocation.Arguments.Has("force") ? 1 : 0)}&noprune={(invocation.Arguments.Has("no-prune") ? 1 : 0)}{PlatformQuery.Of(invocation.Arguments, '&', "platforms")}";
        int exitCode = 0;
        foreach (string name in invocation.Words)
        {
            try
            {
                await using EngineAnswer answer = await invocation.Engine.SendAsync("DELETE", $"/images/{UrlPath.Name(name)}?{query}", null, invocation.CancellationToken);
                JsonElement removed = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
                foreach (List<string> lines in JsonLists.Items(removed, e => JsonLists.Members(e, what => $"{what.Name}: {what.Value.GetString()}")))
                {
                    await invocation.SayAsync(string.Join('\n', lines));
                }
            }
            catch (EngineRefusedException refused)
            {
                await invocation.Process.ComplainAsync("Error response from daemon: " + refused.Message, invocation.CancellationToken);
                exitCode = invocation.Arguments.Has("force") && refused.Status == 404 ? exitCode : 1;
            }
        }

        return exitCode;
    }
}
