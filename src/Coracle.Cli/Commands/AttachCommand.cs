using System.Text.Json;
using Coracle.Http;

namespace Coracle.Cli;

/// <summary>Joins the streams of a container that runs.</summary>
internal static class AttachCommand
{
    public static Command Definition { get; } = new("attach", "[OPTIONS] CONTAINER",
        "Attach local standard input, output, and error streams to a running container", OptionTable.Parse("""
            --detach-keys string  Override the key sequence for detaching a container
            --no-stdin  Do not attach STDIN
            --sig-proxy  Proxy all received signals to the process (default true)
        """u8), 1, 1, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        CancellationToken cancellationToken = invocation.CancellationToken;
        EngineClient engine = invocation.Engine;
        JsonElement container = await RunningAsync(invocation, Invocation.PathOf(invocation.Words[0]));
        string id = container.GetProperty("Id").GetString()!;
        JsonElement config = container.GetProperty("Config");
        bool hasTerminal = config.GetProperty("Tty").GetBoolean();
        bool hasInput = !invocation.Arguments.Has("no-stdin");
        invocation.CheckInput(hasInput, hasTerminal);
        AttachedStreams streams = new(hasInput && config.GetProperty("OpenStdin").GetBoolean(), true, true);
        await using EngineAnswer waiting = await engine.SendAsync("POST", $"/containers/{id}/wait", null, cancellationToken);
        await using SignalProxy? signals = hasTerminal || invocation.Arguments.IsOff("sig-proxy") ? null : new SignalProxy(engine, id);
        await using HijackedStream stream = await engine.HijackAsync(AttachedStart.AttachTarget(invocation, id, streams), null, cancellationToken);
        // It may have ended between the first look and the attach: then nobody would ever write to this stream, nor close it.
        await RunningAsync(invocation, "/containers/" + id);
        if (await TalkAsync(invocation, stream, "/containers/" + id, hasTerminal, streams.Input) == ConversationEnd.Detached)
        {
            throw new CliException("read escape sequence");
        }

        return AttachedStart.ExitCodeOf(await EngineClient.ReadJsonAsync(waiting, cancellationToken));
    }

    private static async Task<ConversationEnd> TalkAsync(Invocation invocation, HijackedStream stream, string target, bool hasTerminal, bool hasInput)
    {
        if (hasTerminal && invocation.Process.OutputIsTerminal)
        {
            await WindowSize.DisturbAsync(invocation.Engine, target);
        }

        await using WindowSize? window = hasTerminal && invocation.Process.OutputIsTerminal ? WindowSize.Follow(invocation.Engine, target) : null;
        return await new Conversation(invocation, stream, hasTerminal, hasInput).RunAsync();
    }

    /// <exception cref="CliException">It does not run, in Docker's words.</exception>
    private static async Task<JsonElement> RunningAsync(Invocation invocation, string path)
    {
        JsonElement container = await invocation.Engine.GetAsync(path + "/json", invocation.CancellationToken);
        JsonElement state = container.GetProperty("State");
        return !state.GetProperty("Running").GetBoolean() ? throw new CliException("You cannot attach to a stopped container, start it first")
            : state.GetProperty("Paused").GetBoolean() ? throw new CliException("You cannot attach to a paused container, unpause it first")
            : state.GetProperty("Restarting").GetBoolean() ? throw new CliException("You cannot attach to a restarting container, wait until it is running")
            : container;
    }
}
