using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// Finds the containers again when the engine starts, after an upgrade, a crash or a power cut alike: what runs goes on
/// running, what ended while we were away has its exit, what was cut off shows 255.
/// </summary>
public sealed class ContainerRecovery(ContainerStore store, ContainerEnvironment environment)
{
    /// <summary>Docker's exit code for "it ran, and nobody saw it end".</summary>
    private const int CutOff = 255;

    /// <summary>Completes when every container is found; those that their policy starts are on their way then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ContainerRecord> records = await Task.Run(environment.Records.Load, cancellationToken);
        List<Container> found = [];
        foreach (ContainerRecord record in records)
        {
            found.Add(await FindAsync(record, cancellationToken));
        }

        environment.Volumes?.RemoveOrphans(environment.Records.IsSetAside);
        // Only when all are known: a container that starts may look for others.
        foreach (Container container in found)
        {
            container.Resume();
        }
    }

    private async Task<Container> FindAsync(ContainerRecord record, CancellationToken cancellationToken)
    {
        IContainerTask? task = await TryFindTaskAsync(record.Id, cancellationToken);
        if (task is not null && !task.IsStarted)
        {
            await task.DisposeAsync(); // prepared and never released: its monitor takes it down
            task = null;
        }

        (ContainerRecord known, ContainerState state) = task is not null
            ? (record, Running(record, task))
            : Ended(record, environment.Runtime.TryReadExit(record.Id));
        environment.Volumes?.Found(known, task is not null);
        Log.ContainerFound(environment.Logger, known.Id, known.Name, state.Status);
        return store.Adopt(known, record, state, task);
    }

    private async Task<IContainerTask?> TryFindTaskAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await environment.Runtime.FindAsync(id, cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // One monitor that cannot be asked must not keep the engine from starting.
            Log.ContainerUnreachable(environment.Logger, id, e);
            return null;
        }
    }

    private static ContainerState Running(ContainerRecord record, IContainerTask task) => new()
    {
        Phase = task.IsPaused ? ContainerPhase.Paused : ContainerPhase.Running,
        Pid = task.Pid,
        StartedAt = task.StartedAt,
        RestartCount = record.RestartCount,
    };

    private (ContainerRecord Record, ContainerState State) Ended(ContainerRecord record, ExitRecord? exit)
    {
        if (record.StartedAt is null && exit is null)
        {
            ContainerPhase never = record.Error.Length > 0 || record.ExitCode != 0 ? ContainerPhase.Exited : ContainerPhase.Created;
            return (record, new ContainerState { Phase = never, ExitCode = record.ExitCode, Error = record.Error, FinishedAt = record.FinishedAt });
        }

        ContainerRecord ended = record;
        if (record.FinishedAt is null)
        {
            // An exit older than this start is the last run's: this run was cut off.
            bool thisRun = exit is not null && (record.StartedAt is null || exit.FinishedAt >= record.StartedAt);
            ended = thisRun
                ? record with { StartedAt = record.StartedAt ?? exit!.FinishedAt, FinishedAt = exit!.FinishedAt, ExitCode = exit.ExitCode, Error = exit.Error, OomKilled = exit.OomKilled }
                : record with { FinishedAt = environment.Time.GetUtcNow(), ExitCode = CutOff };
        }

        return (ended, new ContainerState
        {
            Phase = ContainerPhase.Exited,
            ExitCode = ended.ExitCode,
            Error = ended.Error,
            OomKilled = ended.OomKilled,
            StartedAt = ended.StartedAt,
            FinishedAt = ended.FinishedAt,
            RestartCount = ended.RestartCount,
        });
    }
}
