namespace Coracle.Core;

/// <summary>
/// Work of which only the last outcome counts. Asked for while it is done, it is done once more afterwards, however many asked; whoever
/// asks waits for one that began after the question.
/// </summary>
internal sealed class RepeatedWork(Func<Task> work)
{
    private readonly Lock _lock = new(); // guards both below; held for an assignment
    private Task _running = Task.CompletedTask;
    private Task? _next;

    public Task DoAsync()
    {
        lock (_lock)
        {
            return _next ??= AfterAsync(_running);
        }
    }

    private async Task AfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing); // never inside of the lock; its failure was for those who waited for it
        lock (_lock)
        {
            (_running, _next) = (_next!, null);
        }

        await work();
    }
}
