using System.Text.Json;
using Coracle.Http;

namespace Coracle.Cli;

/// <summary>
/// Starts a container in the foreground: its streams are ours, our signals are its, its exit code becomes ours. In the order of
/// Docker's client, so that nothing is missed: attach, wait, start.
/// </summary>
/// <param name="id">Escaped for a path.</param>
/// <param name="hasTerminal">Whether the container has one.</param>
internal sealed class AttachedStart(Invocation invocation, string id, bool hasTerminal, AttachedStreams streams)
{
    /// <summary>Whether the engine removes it when it ends: then its end is its removal.</summary>
    public bool IsRemoved { get; init; }

    public bool HasSignalProxy { get; init; } = true;

    /// <returns>The program's exit code; 0 when the person has detached from it.</returns>
    public async Task<int> RunAsync(Func<Task> startAsync)
    {
        CancellationToken cancellationToken = invocation.CancellationToken;
        EngineClient engine = invocation.Engine;
        await using SignalProxy? signals = HasSignalProxy && !hasTerminal ? new SignalProxy(engine, id) : null;
        await using HijackedStream stream = await engine.HijackAsync(AttachTarget(invocation, id, streams), null, cancellationToken);
        string condition = IsRemoved ? "removed" : "next-exit";
        await using EngineAnswer waiting = await engine.SendAsync("POST", $"/containers/{id}/wait?condition={condition}", null, cancellationToken);
        await startAsync();
        await using WindowSize? window = hasTerminal && invocation.Process.OutputIsTerminal ? WindowSize.Follow(engine, "/containers/" + id) : null;
        return await new Conversation(invocation, stream, hasTerminal, streams.Input).RunAsync() == ConversationEnd.Detached
            ? 0
            : ExitCodeOf(await EngineClient.ReadJsonAsync(waiting, cancellationToken));
    }

    public static string AttachTarget(Invocation invocation, string id, AttachedStreams streams)
        => $"/containers/{id}/attach?stream=1"
            + (streams.Input ? "&stdin=1" : "") + (streams.Output ? "&stdout=1" : "") + (streams.Errors ? "&stderr=1" : "")
            + (invocation.DetachKeysText is { Length: > 0 } keys ? "&detachKeys=" + Uri.EscapeDataString(keys) : "");

    /// <exception cref="CliException">The engine could not tell.</exception>
    public static int ExitCodeOf(JsonElement exit)
    {
        if (exit.TryGetProperty("Error", out JsonElement error) && error.ValueKind == JsonValueKind.Object
            && error.TryGetProperty("Message", out JsonElement message) && message.GetString() is { Length: > 0 } text)
        {
            throw new CliException("Error waiting for container: " + text, ExitCodes.Refused);
        }

        return exit.GetProperty("StatusCode").GetInt32();
    }
}
