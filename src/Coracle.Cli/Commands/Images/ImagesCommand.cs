using System.Text.Json;

namespace Coracle.Cli;

internal static class ImagesCommand
{
    public static Command Definition { get; } = new("images", "[OPTIONS] [REPOSITORY[:TAG]]", "List images",
    [
        Option.Flag("all", "Show all images (default hides intermediate images)", 'a'),
        Option.Flag("digests", "Show digests"),
        FormatHelp.Filter,
        FormatHelp.List,
        Option.Flag("no-trunc", "Don't truncate output"),
        Option.Flag("quiet", "Only show image IDs", 'q'),
    ], 0, 1, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string? format = arguments.Value("format");
        List<string> filters = [.. arguments.Values("filter"), .. invocation.Words.Select(w => "reference=" + w)];
        JsonElement list = await invocation.Engine.GetAsync($"/images/json?all={(arguments.Has("all") ? 1 : 0)}{Filters.Query(filters)}", invocation.CancellationToken);
        bool withDigests = arguments.Has("digests") || format?.Contains("{{.Digest}}", StringComparison.Ordinal) == true;
        Listing listing = arguments.Has("digests") ? ImageListing.WithDigests : ImageListing.Listing;
        View view = new(arguments.Has("no-trunc"), invocation.Process.Time);
        List<Row> rows = [];
        foreach (JsonElement image in list.EnumerateArray())
        {
            rows.AddRange(ImageListing.Rows(listing, image, view, withDigests));
        }

        await invocation.Process.WriteAsync(invocation.Process.Output, listing.Render(format, arguments.Has("quiet"), rows), invocation.CancellationToken);
        return 0;
    }
}
