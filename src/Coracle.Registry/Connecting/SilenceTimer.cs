namespace Coracle.Registry;

/// <summary>
/// Cancels when the other side says nothing for too long, or when the caller gives up. Armed only around a read, so that a slow
/// disk behind us is not taken for a dead line. One timer for a whole exchange.
/// </summary>
internal sealed class SilenceTimer : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _registration;

    public SilenceTimer(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        (_limit, _caller) = (limit, caller);
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>It was the silence, not the caller.</summary>
    public bool IsExpired => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    public CancellationToken Listen()
    {
        _source.CancelAfter(_limit);
        return _source.Token;
    }

    public void Rest() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Ends the waiting for an answer that cannot come any more.</summary>
    public void Expire() => _source.CancelAfter(TimeSpan.Zero);

    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
