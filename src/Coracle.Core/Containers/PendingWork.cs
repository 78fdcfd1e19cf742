using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// Work that goes on while nobody waits for it (a stop whose client left, a launch, a removal): kept here so that its
/// failure is logged once and that the end of the engine can wait for it.
/// </summary>
internal sealed class PendingWork(ILogger logger)
{
    private readonly Lock _lock = new();

    private readonly HashSet<Task> _running = [];

    public Order Keep(string containerId, Task work)
    {
        Task watched = WatchAsync(containerId, work);
        if (!watched.IsCompleted)
        {
            lock (_lock)
            {
                _running.Add(watched);
            }

            // Added before it is asked to take itself out, so that it cannot stay for ever.
            _ = watched.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return new Order(work);
    }

    public Task WhenAllDoneAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_running);
        }
    }

    private void Forget(Task done)
    {
        lock (_lock)
        {
            _running.Remove(done);
        }
    }

    private async Task WatchAsync(string containerId, Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // The engine ends; what was cut off is found again at the next start.
        }
        catch (Exception e) when (e is not EngineException)
        {
            Log.ContainerWorkFailed(logger, containerId, e);
        }
        catch (EngineException)
        {
            // A refusal: the client that asked has been told.
        }
    }
}

/// <summary>What follows from a transition outside the loop: already under way, and waited for only by who cares.</summary>
internal readonly record struct Order(Task Work)
{
    public static Order None => new(Task.CompletedTask);
}
