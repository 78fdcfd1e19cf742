namespace Coracle.Core;

/// <summary>
/// The newest <see cref="ContainerState"/> and a way to wait for one that fits. One writer (the container's loop), any
/// number of readers; a waiter sees every state published after it began, or a newer one.
/// </summary>
public sealed class StateWatch(ContainerState first)
{
    private volatile Published _now = new(first);

    public ContainerState Now => _now.State;

    internal void Publish(ContainerState state)
    {
        Published before = _now;
        _now = new Published(state);
        before.Replaced.SetResult();
    }

    /// <summary>The first state, beginning with the present one, for which <paramref name="fits"/> is true.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<ContainerState> WhenAsync(Func<ContainerState, bool> fits, CancellationToken cancellationToken)
    {
        while (true)
        {
            Published seen = _now;
            if (fits(seen.State))
            {
                return seen.State;
            }

            await seen.Replaced.Task.WaitAsync(cancellationToken);
        }
    }

    /// <returns>False when the time was over first.</returns>
    public async Task<bool> WhenAsync(
        Func<ContainerState, bool> fits, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await WhenAsync(fits, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private sealed class Published(ContainerState state)
    {
        public ContainerState State => state;

        // Continuations elsewhere: a waiter must never run inside the container's loop.
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
