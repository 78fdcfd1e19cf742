using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>image prune, network prune, volume prune and system prune.</summary>
internal static class PruneCommands
{
    private static readonly Version _anonymousOnly = new(1, 42);
    private static readonly Option _force = Option.Flag("force", "Do not prompt for confirmation", 'f');

    public static Command Images { get; } = new("image prune", "[OPTIONS]", "Remove unused images",
    [
        Option.Flag("all", "Remove all unused images, not just dangling ones", 'a'),
        FormatHelp.FilterOf("Provide filter values (e.g. \"until=<timestamp>\")"),
        _force,
    ], 0, 0, ImagesAsync);

    public static Command Volumes { get; } = new("volume prune", "[OPTIONS]", "Remove unused local volumes",
    [
        Option.Flag("all", "Remove all unused volumes, not just anonymous ones", 'a'),
        FormatHelp.FilterOf("Provide filter values (e.g. \"label=<label>\")"),
        _force,
    ], 0, 0, VolumesAsync);

    public static Command Networks { get; } = new("network prune", "[OPTIONS]", "Remove all unused networks",
    [
        FormatHelp.FilterOf("Provide filter values (e.g. \"until=<timestamp>\")"),
        _force,
    ], 0, 0, NetworksAsync);

    public static Command System { get; } = new("system prune", "[OPTIONS]", "Remove unused data",
    [
        Option.Flag("all", "Remove all unused images not just dangling ones", 'a'),
        FormatHelp.FilterOf("Provide filter values (e.g. \"label=<key>=<value>\")"),
        _force,
        Option.Flag("volumes", "Prune anonymous volumes"),
    ], 0, 0, SystemAsync);

    private static async Task<int> ImagesAsync(Invocation invocation)
    {
        string warning = invocation.Arguments.Has("all") ? "all images without at least one container associated to them." : "all dangling images.";
        return await IsAgreedAsync(invocation, "WARNING! This will remove " + warning) ? await ReportAsync(invocation, [Prune.Images]) : 0;
    }

    private static async Task<int> VolumesAsync(Invocation invocation)
    {
        bool takesAll = Version.Parse(await invocation.Engine.ApiVersionAsync(invocation.CancellationToken)) < _anonymousOnly;
        string which = invocation.Arguments.Has("all") || takesAll ? "all" : "anonymous";
        return await IsAgreedAsync(invocation, $"WARNING! This will remove {which} local volumes not used by at least one container.")
            ? await ReportAsync(invocation, [Prune.Volumes])
            : 0;
    }

    private static async Task<int> NetworksAsync(Invocation invocation)
    {
        if (await IsAgreedAsync(invocation, "WARNING! This will remove all custom networks not used by at least one container."))
        {
            await PruneAsync(invocation, Prune.Networks);
        }

        return 0;
    }

    private static async Task<int> SystemAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        if (arguments.Has("volumes") && arguments.Values("filter").Any(f => f.StartsWith("until=", StringComparison.Ordinal)))
        {
            throw new CliException("ERROR: The \"until\" filter is not supported with \"--volumes\"");
        }

        List<Prune> prunes = [Prune.Containers, Prune.Networks, Prune.Images, Prune.BuildCache];
        if (arguments.Has("volumes"))
        {
            prunes.Insert(2, Prune.Volumes);
        }

        return await IsAgreedAsync(invocation, Warning(arguments)) ? await ReportAsync(invocation, prunes) : 0;
    }

    private static string Warning(ParsedArguments arguments)
    {
        bool all = arguments.Has("all");
        StringBuilder text = new("WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n");
        text.Append(arguments.Has("volumes") ? "  - all anonymous volumes not used by at least one container\n" : "")
            .Append(all ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n")
            .Append(all ? "  - all build cache\n" : "  - unused build cache\n");
        if (arguments.Values("filter").Count > 0)
        {
            text.Append("\n  Items to be pruned will be filtered with:\n").AppendJoin('\n', arguments.Values("filter").Select(f => "  - " + f)).Append('\n');
        }

        return text.ToString();
    }

    private static async Task<bool> IsAgreedAsync(Invocation invocation, string warning)
        => invocation.Arguments.Has("force") || await Confirmation.AskAsync(invocation, warning + "\nAre you sure you want to continue?");

    private static async Task<int> ReportAsync(Invocation invocation, IReadOnlyList<Prune> prunes)
    {
        long reclaimed = 0;
        foreach (Prune prune in prunes)
        {
            reclaimed += await PruneAsync(invocation, prune);
        }

        await invocation.SayAsync($"Total reclaimed space: {HumanSize.Decimal(reclaimed)}");
        return 0;
    }

    /// <returns>Bytes that it freed.</returns>
    private static async Task<long> PruneAsync(Invocation invocation, Prune prune)
    {
        byte[] nothing = [];
        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", prune.Target(invocation.Arguments), nothing, invocation.CancellationToken);
        JsonElement report = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        if (prune.Removed(report) is { Length: > 0 } removed)
        {
            await invocation.SayAsync(removed);
        }

        return report.TryGetProperty("SpaceReclaimed", out JsonElement space) ? space.GetInt64() : 0;
    }
}
