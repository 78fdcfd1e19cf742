namespace Coracle.Api;

/// <summary>Work that many may ask for and that is done once at a time: who comes while it runs gets what it brings.</summary>
/// <param name="work">Blocking; runs on the pool. Nobody's leaving ends it: the others wait for it.</param>
internal sealed class SharedWork<T>(Func<T> work)
{
    private readonly Lock _lock = new();
    private Task<T>? _running;

    public Task<T> RunAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_running is null or { IsCompleted: true })
            {
                _running = Task.Run(work, CancellationToken.None);
            }

            return _running.WaitAsync(cancellationToken);
        }
    }
}
