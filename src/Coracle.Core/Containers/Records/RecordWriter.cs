namespace Coracle.Core;

/// <summary>
/// Writes one container's record beside its loop, which never waits for a disk: one write at a time, in the order asked for, each with
/// the newest record, so that what was overtaken while it waited is not written.
/// </summary>
/// <param name="saved">What is on disk.</param>
internal sealed class RecordWriter(ContainerRecords records, ContainerRecord saved)
{
    private readonly Lock _lock = new();

    private Task _last = Task.CompletedTask;

    private ContainerRecord? _toNote;

    private ContainerRecord? _toSave;

    private ContainerRecord _saved = saved;

    private bool _closed;

    /// <returns>Completes when this record, or a newer one, is as durable as its kind gets; faults when the disk refused.</returns>
    public Task SaveAsync(ContainerRecord record)
    {
        lock (_lock)
        {
            _toSave = record;
            return _last = WriteAfterAsync(_last);
        }
    }

    /// <summary>Keeps its life for the next engine of this boot only. Before a save that follows.</summary>
    public Task NoteAsync(ContainerRecord record)
    {
        lock (_lock)
        {
            _toNote = record;
            return _last = WriteAfterAsync(_last);
        }
    }

    /// <summary>No write begins after the returned task completed: the container's files may go.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            return _last.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task WriteAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        ContainerRecord? note;
        ContainerRecord? save;
        lock (_lock)
        {
            note = _closed ? null : _toNote;
            save = _closed || _toSave == _saved ? null : _toSave;
            _toNote = null;
            _toSave = null;
        }

        if (note is not null)
        {
            records.Note(note);
        }

        if (save is not null)
        {
            Save(save);
        }
    }

    private void Save(ContainerRecord record)
    {
        try
        {
            records.Save(record);
            _saved = record; // writes come one after the other: only this line sets it
        }
        catch (IOException)
        {
            lock (_lock)
            {
                _toSave ??= record; // whoever asked after this one is not told that all is well
            }

            throw;
        }
    }
}
