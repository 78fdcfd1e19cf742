using Coracle.Linux;

namespace Coracle.Core;

/// <summary>GET /containers/{id}/logs</summary>
public sealed class ContainerLogs(ContainerRecords records)
{
    private readonly ChangeWatcher _watcher = new();

    /// <summary>Refuses before the first byte of an answer what cannot be answered.</summary>
    /// <exception cref="EngineException">No stream was asked for, or this container keeps no log.</exception>
    public static void Check(Container container, LogQuery query)
    {
        if (!query.Stdout && !query.Stderr)
        {
            throw new EngineException(Refusal.InvalidArgument, "Bad parameters: you must choose at least one stream");
        }

        if (container.State.Phase is ContainerPhase.Removing or ContainerPhase.Removed)
        {
            throw new EngineException(Refusal.Conflict, "can not get logs from container which is dead or marked for removal");
        }

        if (container.Record.HostConfig.LogConfig.Type == "none")
        {
            throw new EngineException(Refusal.NotImplemented, "configured logging driver does not support reading");
        }
    }

    /// <summary>Writes the log to the client: what is there, and with follow what comes until the container ends.</summary>
    public async Task WriteAsync(Container container, LogQuery query, Stream destination, CancellationToken cancellationToken)
    {
        using DirectoryHandle directory = records.OpenDirectory(container.Id);
        using LogReader reader = new(new LogFiles(directory, container.Record.LogFileName), query, destination);
        if (!query.Follow || !ContainerLifecycle.IsAlive(container.State.Phase))
        {
            await reader.ReadAvailableAsync(cancellationToken);
            return;
        }

        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ChangeWatch changes = _watcher.Watch(directory); // before the first read: nothing falls between
        int exits = container.State.Exits;
        Task ended = container.WhenAsync(state => state.Exits > exits || !ContainerLifecycle.IsAlive(state.Phase), done.Token);
        await reader.FollowAsync(changes, ended, cancellationToken);
        await done.CancelAsync();
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
