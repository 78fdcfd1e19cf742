using System.Text.Json;

namespace Coracle.Cli;

internal static class ContainerPruneCommand
{
    public static Command Definition { get; } = new("container prune", "[OPTIONS]", "Remove all stopped containers", OptionTable.Parse("""
            --filter filter  Provide filter values (e.g. "until=<timestamp>")
        -f, --force  Do not prompt for confirmation
        """u8), 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        const string Warning = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue?";
        if (!invocation.Arguments.Has("force") && !await Confirmation.AskAsync(invocation, Warning))
        {
            return 0;
        }

        string filters = Filters.Query(invocation.Arguments.Values("filter"));
        JsonElement pruned = await invocation.Engine.PostAsync("/containers/prune" + (filters.Length > 0 ? "?" + filters[1..] : ""), null, invocation.CancellationToken);
        if (pruned.TryGetProperty("ContainersDeleted", out JsonElement deleted) && deleted.ValueKind == JsonValueKind.Array && deleted.GetArrayLength() > 0)
        {
            await invocation.SayAsync("Deleted Containers:");
            foreach (JsonElement id in deleted.EnumerateArray())
            {
                await invocation.SayAsync(id.GetString()!);
            }

            await invocation.SayAsync("");
        }

        await invocation.SayAsync("Total reclaimed space: " + ByteCount.Format(pruned.GetProperty("SpaceReclaimed").GetInt64()));
        return 0;
    }
}
