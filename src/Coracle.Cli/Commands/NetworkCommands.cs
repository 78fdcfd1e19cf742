using System.Text.Json;

namespace Coracle.Cli;

/// <summary>network ls.</summary>
internal static class NetworkCommands
{
    public static Command List { get; } = new("network ls", "[OPTIONS]", "List networks",
    [
        FormatHelp.FilterOf("Provide filter values (e.g. \"driver=bridge\")", 'f'),
        FormatHelp.List,
        Option.Flag("no-trunc", "Do not truncate the output"),
        Option.Flag("quiet", "Only display network IDs", 'q'),
    ], 0, 0, ListAsync);

    private static async Task<int> ListAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string query = Filters.Query(arguments.Values("filter"));
        JsonElement networks = await invocation.Engine.GetAsync("/networks" + (query.Length > 0 ? "?" + query[1..] : ""), invocation.CancellationToken);
        View view = new(arguments.Has("no-trunc"), invocation.Process.Time);
        List<Row> rows = Row.Each(NetworkListing.Listing, networks, view);
        rows.Sort((a, b) => NaturalOrder.Instance.Compare(a.Text("Name"), b.Text("Name")));
        await invocation.Process.WriteAsync(invocation.Process.Output, NetworkListing.Listing.Render(arguments.Value("format"), arguments.Has("quiet"), rows), invocation.CancellationToken);
        return 0;
    }
}
