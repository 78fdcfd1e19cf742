using Coracle.Http;

namespace Coracle.Cli;

internal enum ConversationEnd
{
    /// <summary>The program has said all.</summary>
    OutputEnded,

    /// <summary>The person has typed the detach keys.</summary>
    Detached,
}

/// <summary>The bytes between our streams and those of a program in a container, until one side is done.</summary>
/// <param name="stream">Not closed here.</param>
/// <param name="isTerminal">Whether the program has a terminal: then its output is one stream without frames.</param>
/// <param name="hasInput">Whether it reads what comes to us.</param>
internal sealed class Conversation(Invocation invocation, HijackedStream stream, bool isTerminal, bool hasInput)
{
    private const int InputBufferBytes = 16 * 1024;

    private readonly DetachKeys _keys = DetachKeys.Parse(invocation.DetachKeysText) ?? DetachKeys.Usual();

    public async Task<ConversationEnd> RunAsync()
    {
        CliProcess process = invocation.Process;
        CancellationToken cancellationToken = invocation.CancellationToken;
        bool isOurTerminal = isTerminal && hasInput && process.InputIsTerminal;
        using RawTerminal? raw = isOurTerminal ? new RawTerminal() : null;
        Task output = isTerminal
            ? stream.CopyToAsync(process.Output, cancellationToken)
            : MultiplexedStream.CopyAsync(stream, process.Output, process.Errors, cancellationToken);
        if (hasInput)
        {
            // A read of our own input cannot be cancelled on every kind of file: when the program is done, nobody waits for it.
            Task<bool> input = CopyInputAsync(isOurTerminal, cancellationToken);
            if (await Task.WhenAny(output, input) == input && await input)
            {
                return ConversationEnd.Detached;
            }
        }

        await output;
        return ConversationEnd.OutputEnded;
    }

    /// <returns>Whether it was the detach keys that ended it.</returns>
    private async Task<bool> CopyInputAsync(bool watchesKeys, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[InputBufferBytes];
        byte[] passed = new byte[InputBufferBytes + _keys.MostHeldBack];
        try
        {
            int count;
            while ((count = await invocation.Process.Input.ReadAsync(buffer, cancellationToken)) > 0)
            {
                ReadOnlyMemory<byte> sent = buffer.AsMemory(0, count);
                bool isDetached = false;
                if (watchesKeys)
                {
                    (count, isDetached) = _keys.Pass(sent.Span, passed);
                    sent = passed.AsMemory(0, count);
                }

                await stream.WriteAsync(sent, cancellationToken);
                if (isDetached)
                {
                    return true;
                }
            }

            await stream.CompleteWritesAsync();
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The program has ended and wants no more.
        }

        return false;
    }
}
