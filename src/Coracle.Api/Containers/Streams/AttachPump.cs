using Coracle.Core;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>
/// Carries bytes between one attached client and the container's streams until the output ends, the client goes, or it
/// detaches. Each direction ends for itself: a client that has no more input still gets all the output.
/// </summary>
internal sealed class AttachPump(Task<IAttachedStream?> connected, HijackedStream client, bool wantsStdin, DetachKeys? keys)
{
    /// <summary>Per direction; the kernel's default pipe is as large.</summary>
    private const int BufferLength = 32 * 1024;

    /// <summary>
    /// How often a silent client is looked at: one that left with nothing to be written to it would keep its place for as long as
    /// the container is silent.
    /// </summary>
    private static readonly TimeSpan _lookPause = TimeSpan.FromSeconds(10);

    /// <summary>What must have happened before the client may see the end of output.</summary>
    public Func<CancellationToken, Task> BeforeEnd { get; init; } = static _ => Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task input = wantsStdin ? PumpInputAsync(over.Token) : Task.CompletedTask;
        Task output = PumpOutputAsync(over.Token);
        Task gone = WhenGoneAsync(over.Token);
        Task detached = WhenDetachedAsync(input, over.Token);
        await Task.WhenAny(output, detached, gone);
        await over.CancelAsync();
        foreach (Task each in (Task[])[input, output, gone, detached])
        {
            await each.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await client.CompleteWritesAsync();
    }

    private async Task WhenGoneAsync(CancellationToken cancellationToken)
    {
        using PeriodicTimer looks = new(_lookPause);
        while (!client.IsGone && await looks.WaitForNextTickAsync(cancellationToken))
        {
        }
    }

    /// <summary>The end of input alone ends nothing; the detach keys do.</summary>
    private async Task WhenDetachedAsync(Task input, CancellationToken cancellationToken)
    {
        await input.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (keys is not { Detached: true })
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private async Task PumpOutputAsync(CancellationToken cancellationToken)
    {
        if (await connected.WaitAsync(cancellationToken) is not IAttachedStream stream)
        {
            return;
        }

        byte[] buffer = new byte[BufferLength];
        while (await stream.ReadAsync(buffer, cancellationToken) is int length and > 0)
        {
            await client.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
        }

        await BeforeEnd(cancellationToken);
    }

    private async Task PumpInputAsync(CancellationToken cancellationToken)
    {
        if (await connected.WaitAsync(cancellationToken) is not IAttachedStream stream)
        {
            return;
        }

        byte[] buffer = new byte[BufferLength];
        while (await client.ReadAsync(buffer, cancellationToken) is int length and > 0)
        {
            ReadOnlyMemory<byte> typed = keys is null ? buffer.AsMemory(0, length) : keys.Filter(buffer.AsMemory(0, length));
            await stream.WriteAsync(typed, cancellationToken);
            if (keys is { Detached: true })
            {
                return;
            }
        }

        stream.CompleteWrites();
    }
}
