namespace Coracle.Registry;

/// <summary>How often one blob is tried again, and how long after a failure.</summary>
/// <param name="size">Bytes of the blob.</param>
internal sealed class Tries(RegistrySession session, long size, IRetryObserver observer)
{
    /// <summary>
    /// A try that brings so much starts the count of failures anew; of a small blob a hundredth does. So a link that breaks
    /// often reaches the end, and a server that sends a byte and hangs up is given up after some minutes, not years.
    /// </summary>
    private const long Progress = 1024 * 1024;

    private const int SmallestPart = 100;

    /// <summary>A registry that asks for more patience than this is asked again sooner.</summary>
    private static readonly TimeSpan _mostPatience = TimeSpan.FromMinutes(5);

    private int _failures;
    private long _counted;

    /// <param name="bytes">How much of the blob is across.</param>
    public bool AreLeft(long bytes) => _failures + 1 < session.Options.MaxAttempts || HasProgressed(bytes);

    /// <summary>Counts a failure and lets the next try wait.</summary>
    /// <param name="theirs">What the registry asks for.</param>
    public async Task WaitAsync(long bytes, TimeSpan? theirs, CancellationToken cancellationToken)
    {
        (_failures, _counted) = HasProgressed(bytes) ? (1, bytes) : (_failures + 1, _counted);
        TimeSpan delay = Patience(session.Options.RetryDelay * _failures, theirs);
        for (int seconds = (int)delay.TotalSeconds; seconds > 0; seconds--)
        {
            observer.RetryingIn(seconds);
            await Task.Delay(TimeSpan.FromSeconds(1), session.Time, cancellationToken);
        }
    }

    private bool HasProgressed(long bytes) => bytes - _counted >= Math.Max(1, Math.Min(Progress, size / SmallestPart));

    /// <summary>What the registry asks for, within reason, and never less than what we would wait anyway.</summary>
    private static TimeSpan Patience(TimeSpan ours, TimeSpan? theirs)
        => theirs is not { } asked || asked < ours ? ours : asked > _mostPatience ? _mostPatience : asked;
}
