using System.Text.Json;

namespace Coracle.Cli;

internal static class HistoryCommand
{
    public static Command Definition { get; } = new("history", "[OPTIONS] IMAGE", "Show the history of an image",
    [
        FormatHelp.List,
        Option.Flag("human", "Print sizes and dates in human readable format (default true)", 'H'),
        Option.Flag("no-trunc", "Don't truncate output"),
        Option.Value("platform", "Show history for the given platform. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")"),
        Option.Flag("quiet", "Only show image IDs", 'q'),
    ], 1, 1, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        JsonElement history = await invocation.Engine.GetAsync($"/images/{UrlPath.Name(invocation.Words[0])}/history{PlatformQuery.Of(arguments, '?')}", invocation.CancellationToken);
        View view = new(arguments.Has("no-trunc"), invocation.Process.Time, !arguments.IsGiven("human") || arguments.Has("human"));
        Listing listing = view.IsHuman ? HistoryListing.Listing : HistoryListing.Exact;
        string text = listing.Render(arguments.Value("format"), arguments.Has("quiet"), Row.Each(listing, history, view));
        await invocation.Process.WriteAsync(invocation.Process.Output, text, invocation.CancellationToken);
        return 0;
    }
}
