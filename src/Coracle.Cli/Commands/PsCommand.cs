using System.Text.Json;

namespace Coracle.Cli;

internal static class PsCommand
{
    public static Command Definition { get; } = new("ps", "[OPTIONS]", "List containers",
    [
        Option.Flag("all", "Show all containers (default shows just running)", 'a'),
        FormatHelp.Filter,
        FormatHelp.List,
        Option.Value("last", "Show n last created containers (includes all states) (default -1)", 'n', "int"),
        Option.Flag("latest", "Show the latest created container (includes all states)", 'l'),
        Option.Flag("no-trunc", "Don't truncate output"),
        Option.Flag("quiet", "Only display container IDs", 'q'),
        Option.Flag("size", "Display total file sizes", 's'),
    ], 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string? format = arguments.Value("format");
        bool isQuiet = arguments.Has("quiet");
        if (isQuiet && !string.IsNullOrEmpty(format))
        {
            await invocation.Process.ComplainAsync("WARNING: Ignoring custom format, because both --format and --quiet are set.", invocation.CancellationToken);
        }

        Listing listing = arguments.Has("size") ? ContainerListing.WithSize : ContainerListing.Listing;
        View view = new(arguments.Has("no-trunc"), invocation.Process.Time);
        listing.Check(format ?? "", view);
        bool hasSize = arguments.Has("size") || format?.Contains(".Size", StringComparison.Ordinal) == true;
        long last = arguments.Has("latest") ? 1 : arguments.Number("last") ?? -1;
        string target = $"/containers/json?all={(arguments.Has("all") ? 1 : 0)}" + (last > 0 ? $"&limit={last}" : "") + (hasSize ? "&size=1" : "") + Filters.Query(arguments.Values("filter"));
        JsonElement list = await invocation.Engine.GetAsync(target, invocation.CancellationToken);
        string text = listing.Render(isQuiet ? null : format, isQuiet, Row.Each(listing, list, view));
        await invocation.Process.WriteAsync(invocation.Process.Output, text, invocation.CancellationToken);
        return 0;
    }
}
