namespace Coracle.Cli;

/// <summary><c>run</c> and <c>create</c>.</summary>
internal static class RunCommand
{
    public static Command Run { get; } = new("run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create and run a new container from an image",
        RunOptions.Run, 1, Command.Any, RunAsync)
    { StopsAtFirstWord = true, StartsContainer = true };

    public static Command Create { get; } = new("create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container",
        RunOptions.Create, 1, Command.Any, CreateAsync)
    { StopsAtFirstWord = true, StartsContainer = true };

    private static async Task<int> CreateAsync(Invocation invocation)
    {
        await invocation.SayAsync(await new ContainerCreation(invocation).RunAsync(AttachedStreams.Of(invocation.Arguments)));
        return 0;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        AttachedStreams streams = AttachedStreams.Of(arguments);
        bool hasTerminal = arguments.Has("tty");
        if (arguments.Has("detach") && arguments.IsGiven("attach"))
        {
            throw new CliException("conflicting options: cannot specify both --attach and --detach") { IsPlain = true };
        }

        invocation.CheckInput(streams.Input, hasTerminal);
        string id = await new ContainerCreation(invocation).RunAsync(streams);
        if (!streams.Output && !streams.Errors)
        {
            await invocation.Process.SayAsync(id, invocation.CancellationToken);
        }

        if (!streams.IsAny)
        {
            await StartAsync(invocation, id);
            return 0;
        }

        AttachedStart start = new(invocation, id, hasTerminal, streams) { IsRemoved = arguments.Has("rm"), HasSignalProxy = !arguments.IsOff("sig-proxy") };
        return await start.RunAsync(() => StartAsync(invocation, id));
    }

    /// <exception cref="CliException">With the exit code that says why the program could not start.</exception>
    private static async Task StartAsync(Invocation invocation, string id)
    {
        try
        {
            await invocation.Engine.DoAsync("POST", $"/containers/{id}/start", invocation.CancellationToken);
        }
        catch (EngineRefusedException refused)
        {
            throw new CliException("Error response from daemon: " + refused.Message, ExitCodes.OfStartFailure(refused.Message));
        }
    }
}
