namespace Coracle.Core;

/// <summary>The execs of this engine, by id. Nothing of them is durable: the next engine knows none.</summary>
/// <remarks>One lock, held for dictionary operations only. Bounded: see <see cref="Create"/>.</remarks>
public sealed class ExecStore(TimeProvider time)
{
    /// <summary>Far above what any client has in hand; each is about a kilobyte.</summary>
    private const int Most = 4096;

    /// <summary>
    /// Of those that have ended: far more than end in the moment between an end and the question how it was. 1,000 execs in five minutes
    /// would be half a megabyte otherwise.
    /// </summary>
    private const int MostEnded = 256;

    /// <summary>How long one that has ended, or was never started, can be asked about; as Docker.</summary>
    private static readonly TimeSpan _memory = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();

    private readonly Dictionary<string, ExecInstance> _byId = [];

    /// <summary>Makes an exec that waits for its start.</summary>
    /// <exception cref="EngineException">The container does not run, or there are too many.</exception>
    public ExecInstance Create(Container container, string nameAsked, ExecConfig config)
    {
        container.CheckForExec(nameAsked);
        ExecInstance exec = new(ContainerId.Create(), container, config, time);
        lock (_lock)
        {
            ForgetOld();
            if (_byId.Count >= Most)
            {
                throw new EngineException(Refusal.Unavailable, $"too many execs: {Most} are running or not started yet");
            }

            _byId.Add(exec.Id, exec);
        }

        container.PublishExec("exec_create: " + exec.CommandText, exec.Id);
        return exec;
    }

    /// <exception cref="EngineException">None such.</exception>
    public ExecInstance Get(string id)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(id, out ExecInstance? exec) && exec.Container.State.Phase != ContainerPhase.Removed
                ? exec
                : throw new EngineException(Refusal.NotFound, "No such exec instance: " + id);
        }
    }

    /// <summary>Those of a container that run or wait for their start; what inspect shows as ExecIDs.</summary>
    public IReadOnlyList<string> LiveOf(Container container)
    {
        List<string> ids = [];
        lock (_lock)
        {
            foreach (ExecInstance exec in _byId.Values)
            {
                if (ReferenceEquals(exec.Container, container) && exec.ExitCode is null)
                {
                    ids.Add(exec.Id);
                }
            }
        }

        return ids;
    }

    private void ForgetOld()
    {
        DateTimeOffset limit = time.GetUtcNow() - _memory;
        List<string> old = [];
        foreach (ExecInstance exec in _byId.Values)
        {
            // A full table keeps none that has ended: who started one just now has its answer in a moment.
            bool crowded = _byId.Count >= Most && exec.ExitCode is not null;
            if (!exec.IsRunning && (exec.Since < limit || crowded || exec.Container.State.Phase == ContainerPhase.Removed))
            {
                old.Add(exec.Id);
            }
        }

        foreach (string id in old)
        {
            _byId.Remove(id);
        }

        ForgetOldestEnded();
    }

    private void ForgetOldestEnded()
    {
        if (_byId.Count <= MostEnded)
        {
            return;
        }

        List<ExecInstance> ended = [.. _byId.Values.Where(exec => exec.ExitCode is not null)];
        if (ended.Count > MostEnded + (MostEnded / 4)) // not at each exec
        {
            foreach (ExecInstance exec in ended.OrderBy(exec => exec.Since).Where((_, i) => i < ended.Count - MostEnded))
            {
                _byId.Remove(exec.Id);
            }
        }
    }
}
