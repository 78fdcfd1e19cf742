using System.Text.Json;

namespace Coracle.Cli;

/// <summary>What is one request for each container named.</summary>
internal static class LifecycleCommands
{
    private const string Several = "CONTAINER [CONTAINER...]";
    private const string SeveralWithOptions = "[OPTIONS] CONTAINER [CONTAINER...]";

    private static readonly IReadOnlyList<Option> _stopOptions =
    [
        .. OptionTable.Parse("""
            -s, --signal string  Signal to send to the container
            -t, --timeout int  Seconds to wait before killing the container
            """u8),
        Option.Old("time", Option.Value("timeout", "", null, "int"), isDeprecated: true),
    ];

    public static Command Kill { get; } = new("kill", SeveralWithOptions, "Kill one or more running containers", OptionTable.Parse("""
        -s, --signal string  Signal to send to the container
        """u8), 1, Command.Any, i => AllPostAsync(i, "/kill" + Query(i, "signal signal")));

    public static Command Pause { get; } = new("pause", Several, "Pause all processes within one or more containers", [], 1, Command.Any,
        i => AllPostAsync(i, "/pause"));

    public static Command Remove { get; } = new("rm", SeveralWithOptions, "Remove one or more containers", OptionTable.Parse("""
        -f, --force  Force the removal of a running container (uses SIGKILL)
        -l, --link  Remove the specified link
        -v, --volumes  Remove anonymous volumes associated with the container
        """u8), 1, Command.Any, RemoveAsync);

    public static Command Rename { get; } = new("rename", "CONTAINER NEW_NAME", "Rename a container", [], 2, 2, RenameAsync);

    public static Command Restart { get; } = new("restart", SeveralWithOptions, "Restart one or more containers", _stopOptions, 1, Command.Any,
        i => AllPostAsync(i, "/restart" + Query(i, "signal signal timeout t")));

    public static Command Stop { get; } = new("stop", SeveralWithOptions, "Stop one or more running containers", _stopOptions, 1, Command.Any,
        i => AllPostAsync(i, "/stop" + Query(i, "signal signal timeout t")));

    public static Command Unpause { get; } = new("unpause", Several, "Unpause all processes within one or more containers", [], 1, Command.Any,
        i => AllPostAsync(i, "/unpause"));

    public static Command Wait { get; } = new("wait", Several, "Block until one or more containers stop, then print their exit codes", [], 1, Command.Any,
        WaitAsync);

    private static Task<int> AllPostAsync(Invocation invocation, string verb)
        => invocation.AllAsync(name => invocation.Engine.DoAsync("POST", Invocation.PathOf(name) + verb, invocation.CancellationToken));

    private static async Task<int> RenameAsync(Invocation invocation)
    {
        string target = $"{Invocation.PathOf(invocation.Words[0].Trim())}/rename?name={Uri.EscapeDataString(invocation.Words[1].Trim())}";
        try
        {
            await invocation.Engine.DoAsync("POST", target, invocation.CancellationToken);
            return 0;
        }
        catch (EngineRefusedException refused)
        {
            throw new CliException($"Error response from daemon: {refused.Message}\nError: failed to rename container named {invocation.Words[0].Trim()}");
        }
    }

    private static Task<int> WaitAsync(Invocation invocation) => invocation.EachAsync(async name =>
    {
        JsonElement exit = await invocation.Engine.PostAsync(Invocation.PathOf(name) + "/wait", null, invocation.CancellationToken);
        await invocation.SayAsync(exit.GetProperty("StatusCode").GetRawText());
    });

    /// <summary>With force, one that is not there is as good as removed.</summary>
    private static Task<int> RemoveAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        bool isForced = arguments.Has("force");
        string query = string.Join('&', ((string[])["volumes", "link", "force"]).Where(arguments.Has).Select(o => o == "volumes" ? "v=1" : o + "=1"));
        string suffix = query.Length > 0 ? "?" + query : "";
        return invocation.AllAsync(
            name => invocation.Engine.DoAsync("DELETE", Invocation.PathOf(name.Trim('/')) + suffix, invocation.CancellationToken),
            refused => isForced && refused.Status == 404);
    }

    /// <param name="table">Pairs of option and parameter, for those that were given.</param>
    private static string Query(Invocation invocation, string table)
    {
        string[] words = table.Split(' ');
        string query = "";
        for (int i = 0; i < words.Length; i += 2)
        {
            if (invocation.Arguments.Value(words[i]) is { Length: > 0 } value)
            {
                query += $"{(query.Length == 0 ? '?' : '&')}{words[i + 1]}={Uri.EscapeDataString(value)}";
            }
        }

        return query;
    }
}
