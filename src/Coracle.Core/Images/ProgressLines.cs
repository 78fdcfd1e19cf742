namespace Coracle.Core;

/// <summary>
/// The lines of one request on their way to its client. Writers never wait: a count that a newer one overtakes while the client
/// is slow is dropped, every other line is kept, and of those a pull has a few per layer.
/// </summary>
public sealed class ProgressLines
{
    private readonly Lock _lock = new();
    private List<ProgressLine> _waiting = [];
    private TaskCompletionSource _arrived = New();
    private bool _ended;

    public void Add(ProgressLine line)
    {
        lock (_lock)
        {
            int overtaken = line.Current > 0 ? _waiting.FindIndex(waiting => waiting.Id == line.Id && waiting.Status == line.Status) : -1;
            if (overtaken >= 0)
            {
                _waiting[overtaken] = line;
            }
            else
            {
                _waiting.Add(line);
            }

            _arrived.TrySetResult();
        }
    }

    /// <summary>No more lines will come.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _arrived.TrySetResult();
        }
    }

    /// <returns>The lines since the last call, at least one; null after the last.</returns>
    public async ValueTask<IReadOnlyList<ProgressLine>?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (_waiting.Count > 0)
                {
                    List<ProgressLine> lines = _waiting;
                    _waiting = [];
                    return lines;
                }

                if (_ended)
                {
                    return null;
                }

                _arrived = _arrived.Task.IsCompleted ? New() : _arrived;
                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
