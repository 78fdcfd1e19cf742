using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using Coracle.Http;

namespace Coracle.Cli;

/// <summary>A container in the foreground: its streams are ours, our signals are its, its exit code becomes ours.</summary>
internal sealed class AttachedRun(Invocation invocation, string id)
{
    private const int InputBufferBytes = 16 * 1024;

    private static readonly PosixSignal[] _forwarded = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private readonly ConcurrentBag<Task> _forwardings = [];
    private readonly bool _isInteractive = invocation.Arguments.Has("interactive");
    private readonly bool _isTerminal = invocation.Arguments.Has("tty");
    private Task? _input;

    /// <param name="startAsync">Starts the container; called once streams and wait are in place, so that nothing is missed.</param>
    public async Task<int> RunAsync(Func<Task> startAsync)
    {
        CancellationToken cancellationToken = invocation.CancellationToken;
        string target = $"/containers/{id}/attach?stream=1&stdout=1&stderr=1" + (_isInteractive ? "&stdin=1" : "");
        await using HijackedStream stream = await invocation.Engine.HijackAsync(target, cancellationToken);
        string condition = invocation.Arguments.Has("rm") ? "removed" : "next-exit";
        await using EngineAnswer waiting = await invocation.Engine.SendAsync("POST", $"/containers/{id}/wait?condition={condition}", null, cancellationToken);
        List<PosixSignalRegistration> signals = [.. _forwarded.Select(s => PosixSignalRegistration.Create(s, Forward))];
        using CancellationTokenSource inputEnds = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_isInteractive)
        {
            // A read of our own standard input cannot be cancelled on every kind of file, so nobody waits for this when the container is done.
            _input = CopyInputAsync(stream, inputEnds.Token);
        }

        try
        {
            await startAsync();
            await CopyOutputAsync(stream, cancellationToken);
            JsonElement exit = await EngineClient.ReadJsonAsync(waiting, cancellationToken);
            return ExitCodeOf(exit);
        }
        finally
        {
            signals.ForEach(s => s.Dispose());
            await inputEnds.CancelAsync();
            await Task.WhenAll(_forwardings);
        }
    }

    private static int ExitCodeOf(JsonElement exit)
    {
        if (exit.TryGetProperty("Error", out JsonElement error) && error.ValueKind == JsonValueKind.Object
            && error.TryGetProperty("Message", out JsonElement message) && message.GetString() is { Length: > 0 } text)
        {
            throw new CliException("Error waiting for container: " + text, ExitCodes.Refused);
        }

        return exit.GetProperty("StatusCode").GetInt32();
    }

    private Task CopyOutputAsync(HijackedStream stream, CancellationToken cancellationToken)
        => _isTerminal
            ? stream.CopyToAsync(invocation.Process.Output, cancellationToken)
            : MultiplexedStream.CopyAsync(stream, invocation.Process.Output, invocation.Process.Errors, cancellationToken);

    private async Task CopyInputAsync(HijackedStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[InputBufferBytes];
        try
        {
            int count;
            while ((count = await invocation.Process.Input.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            await stream.CompleteWritesAsync();
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The container has ended and wants no more.
        }
    }

    /// <summary>Ctrl-C is the container's to handle; when it ends, so do we.</summary>
    private void Forward(PosixSignalContext context)
    {
        context.Cancel = true;
        string name = context.Signal.ToString()["SIG".Length..];
        _forwardings.Add(SendSignalAsync(name));
    }

    private async Task SendSignalAsync(string name)
    {
        try
        {
            await invocation.Engine.DoAsync("POST", $"/containers/{id}/kill?signal={name}", CancellationToken.None);
        }
        catch (Exception late) when (late is EngineRefusedException or CliException or IOException)
        {
            // It is gone already.
        }
    }
}
