namespace Coracle.Core;

/// <summary>
/// Saves one container's record beside its loop, which never waits for a disk: one save at a time, in the order asked for,
/// each with the newest record, so that what was overtaken while it waited is not written.
/// </summary>
/// <param name="saved">What is on disk.</param>
internal sealed class RecordWriter(ContainerRecords records, ContainerRecord saved)
{
    private readonly Lock _lock = new();

    private Task _last = Task.CompletedTask;

    private ContainerRecord? _newest;

    private ContainerRecord _saved = saved;

    private bool _closed;

    /// <returns>Completes when this record, or a newer one, is as durable as its kind gets; faults when the disk refused.</returns>
    public Task SaveAsync(ContainerRecord record)
    {
        lock (_lock)
        {
            _newest = record;
            return _last = SaveAfterAsync(_last);
        }
    }

    /// <summary>No save begins after the returned task completed: the container's files may go.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            return _last.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task SaveAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        ContainerRecord? newest;
        lock (_lock)
        {
            newest = _newest;
            if (_closed || newest is null || newest == _saved)
            {
                return;
            }
        }

        records.Save(newest);
        _saved = newest; // saves come one after the other: only this line writes it
    }
}
