using System.Text.Json;

namespace Coracle.Cli;

internal static class StartCommand
{
    public static Command Definition { get; } = new("start", "[OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers", OptionTable.Parse("""
        -a, --attach  Attach STDOUT/STDERR and forward signals
            --detach-keys string  Override the key sequence for detaching a container
        -i, --interactive  Attach container's STDIN
        """u8), 1, Command.Any, RunAsync);

    private static Task<int> RunAsync(Invocation invocation)
        => !invocation.Arguments.Has("attach") && !invocation.Arguments.Has("interactive") ? StartAllAsync(invocation)
            : invocation.Words.Count > 1 ? throw new CliException("you cannot start and attach multiple containers at once")
            : StartAttachedAsync(invocation);

    private static async Task<int> StartAllAsync(Invocation invocation)
    {
        List<string> failed = [];
        foreach (string name in invocation.Words)
        {
            try
            {
                await StartAsync(invocation, name);
                await invocation.SayAsync(name);
            }
            catch (EngineRefusedException refused)
            {
                await invocation.Process.ComplainAsync("Error response from daemon: " + refused.Message, invocation.CancellationToken);
                failed.Add(name);
            }
        }

        return failed.Count == 0 ? 0 : throw new CliException("Error: failed to start containers: " + string.Join(", ", failed));
    }

    private static async Task<int> StartAttachedAsync(Invocation invocation)
    {
        JsonElement container = await invocation.Engine.GetAsync(Invocation.PathOf(invocation.Words[0]) + "/json", invocation.CancellationToken);
        JsonElement config = container.GetProperty("Config");
        string id = container.GetProperty("Id").GetString()!;
        bool hasInput = invocation.Arguments.Has("interactive") && config.GetProperty("OpenStdin").GetBoolean();
        AttachedStart start = new(invocation, id, config.GetProperty("Tty").GetBoolean(), new AttachedStreams(hasInput, true, true))
        {
            IsRemoved = container.GetProperty("HostConfig").GetProperty("AutoRemove").GetBoolean(),
        };
        return await start.RunAsync(() => StartAsync(invocation, id));
    }

    private static Task<int> StartAsync(Invocation invocation, string name)
        => invocation.Engine.DoAsync("POST", Invocation.PathOf(name) + "/start", invocation.CancellationToken);
}
