using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// Finds the containers again when the engine starts, after an upgrade, a crash or a power cut alike: what runs goes on
/// running, what ended while we were away has its exit and its <c>die</c>, what was cut off shows 255.
/// </summary>
public sealed class ContainerRecovery(ContainerStore store, ContainerEnvironment environment)
{
    /// <summary>Docker's exit code for "it ran, and nobody saw it end".</summary>
    internal const int CutOff = 255;

    /// <summary>A monitor that runs answers in a millisecond. Those that do not must not keep the engine from starting.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private sealed class Found(ContainerRecord record, ContainerState state, FoundAs how, IContainerTask? task)
    {
        public ContainerRecord Record => record;

        public ContainerState State => state;

        public FoundAs How => how;

        public IContainerTask? Task => task;
    }

    /// <summary>Completes when every container is found; those that their policy starts are on their way then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadedContainer> all = await Task.Run(environment.Records.Load, cancellationToken);
        var asked = new Task<IContainerTask?>[all.Count];
        for (int i = 0; i < all.Count; i++)
        {
            asked[i] = FindTaskAsync(all[i].Saved.Id, cancellationToken);
        }

        await Task.WhenAny(Task.WhenAll(asked), Task.Delay(_patience, environment.Time, cancellationToken));
        var found = new Found[all.Count];
        var adopted = new Container[all.Count];
        for (int i = 0; i < all.Count; i++)
        {
            Found it = found[i] = Look(all[i], asked[i].IsCompletedSuccessfully ? await asked[i] : Unanswered(all[i], asked[i]));
            environment.Volumes?.Found(it.Record, it.Task is not null);
            Log.ContainerFound(environment.Logger, it.Record.Id, it.Record.Name, it.State.Status);
            adopted[i] = store.Adopt(it.Record, all[i].Saved, it.State, it.Task);
        }

        environment.Volumes?.RemoveOrphans(environment.Records.IsSetAside);
        if (environment.Networks is { } networks)
        {
            await networks.RecoverAsync([.. found.Where(it => it.Task is not null).Select(it => (it.Record, it.Task!.Pid))], cancellationToken);
        }

        // Only when all are known: a container that starts may look for others.
        for (int i = 0; i < adopted.Length; i++)
        {
            adopted[i].Resume(found[i].How);
        }
    }

    private async Task<IContainerTask?> FindTaskAsync(string id, CancellationToken cancellationToken)
    {
        IContainerTask? task = await environment.Runtime.FindAsync(id, cancellationToken);
        if (task is { IsStarted: false })
        {
            await task.DisposeAsync(); // prepared and never released: its monitor takes it down
            task = null;
        }

        return task;
    }

    /// <summary>
    /// It was running when the last engine knew of it, and may be still: nothing is decided before its monitor answers, or the question
    /// could be asked. What is recorded as ended has ended, whatever made the question fail.
    /// </summary>
    private UnansweredTask? Unanswered(LoadedContainer loaded, Task<IContainerTask?> asked)
    {
        if (loaded.Newest is not { StartedAt: not null, FinishedAt: null })
        {
            _ = ReleaseAsync(asked);
            return null;
        }

        Log.ContainerSilent(environment.Logger, loaded.Saved.Id);
        return new UnansweredTask(environment, loaded.Newest, asked);
    }

    private static async Task ReleaseAsync(Task<IContainerTask?> asked)
    {
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asked.IsCompletedSuccessfully && await asked is IContainerTask late)
        {
            await late.DisposeAsync();
        }
    }

    private Found Look(LoadedContainer loaded, IContainerTask? task)
    {
        ContainerRecord record = loaded.Newest;
        if (task is not null)
        {
            return new Found(record with { StartedAt = task.StartedAt, FinishedAt = null }, Running(record, task), FoundAs.ItWas, task);
        }

        record = record with { Sandbox = null }; // it went with its process
        if (environment.Runtime.TryReadExit(record.Id) is ExitRecord exit && (loaded.StartNoted || IsNews(exit, record)))
        {
            return Ended(record, exit);
        }

        // What is left of an earlier run says nothing about this one: it was cut off, if it ever began.
        return record.FinishedAt is not null || record.StartedAt is null ? new Found(record, Down(record), FoundAs.ItWas, null)
            : loaded.BeforeStart is ContainerRecord before ? new Found(before, Down(before), FoundAs.StartCutOff, null)
            : Ended(record, new ExitRecord(CutOff, environment.Time.GetUtcNow(), OomKilled: false, record.Error, MonitorLost: false));
    }

    /// <summary>
    /// Whether it is the end of a run that the record knows nothing of, or knows as running. By its times, which a clock that was set back
    /// belies: not asked where the run's start was noted, for what is left of an exit is forgotten before each.
    /// </summary>
    private static bool IsNews(ExitRecord exit, ContainerRecord record)
        => record.FinishedAt is DateTimeOffset known ? exit.FinishedAt > known : record.StartedAt is null || exit.FinishedAt >= record.StartedAt;

    private static Found Ended(ContainerRecord record, ExitRecord exit)
    {
        ContainerRecord ended = record with
        {
            StartedAt = record.StartedAt ?? exit.FinishedAt,
            FinishedAt = exit.FinishedAt,
            ExitCode = exit.ExitCode,
            Error = exit.Error,
            OomKilled = exit.OomKilled,
        };
        return new Found(ended, Down(ended), FoundAs.EndedUnseen, null);
    }

    private static ContainerState Running(ContainerRecord record, IContainerTask task) => new()
    {
        Phase = task.IsPaused ? ContainerPhase.Paused : ContainerPhase.Running,
        Pid = task.Pid,
        StartedAt = task.StartedAt,
        RestartCount = record.RestartCount,
    };

    private static ContainerState Down(ContainerRecord record) => new()
    {
        Phase = record.StartedAt is null && record.Error.Length == 0 && record.ExitCode == 0 ? ContainerPhase.Created : ContainerPhase.Exited,
        ExitCode = record.ExitCode,
        Error = record.Error,
        OomKilled = record.OomKilled,
        StartedAt = record.StartedAt,
        FinishedAt = record.FinishedAt,
        RestartCount = record.RestartCount,
    };
}
