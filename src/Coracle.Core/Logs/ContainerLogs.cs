using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>GET /containers/{id}/logs</summary>
public sealed class ContainerLogs(ContainerRecords records, TimeProvider time)
{
    /// <summary>What a timer can hold; a later <c>until</c> is as good as none.</summary>
    private static readonly TimeSpan _longestTimer = TimeSpan.FromDays(24);

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

    /// <summary>Writes what an attaching client that wants the past is to get of the log: all that its stream does not begin with.</summary>
    /// <param name="ticket">Taken with <see cref="AttachWish.SinceLog"/>; null for a client that does not stay.</param>
    public async Task WritePastAsync(Container container, LogQuery query, AttachTicket? ticket, Stream destination, CancellationToken cancellationToken)
    {
        LogPosition? end = EndNow(container);
        if (ticket is { Connected.IsCompleted: true })
        {
            // A monitor of an earlier version cannot say: the log's end is as good a place as any then.
            end = (await ticket.Connected)?.LogEnd;
        }

        // Nothing is written before a process is released, and by then its tickets are connected: one that was not after the
        // look means that the look was exact.
        await WriteAsync(container, query with { End = ticket is null ? null : end }, destination, cancellationToken);
    }

    private LogPosition EndNow(Container container)
    {
        using DirectoryHandle directory = records.OpenDirectory(container.Id);
        return directory.TryStat(container.Record.LogFileName, out FileStatus status) ? new LogPosition(status.Inode, status.Size) : default;
    }

    /// <summary>Writes the log to the client: what is there, and with follow what comes until the container ends.</summary>
    public async Task WriteAsync(Container container, LogQuery wanted, Stream destination, CancellationToken cancellationToken)
    {
        LogQuery query = wanted.Details ? wanted with { DetailsText = LogDetails.Of(container.Record) } : wanted;
        using DirectoryHandle directory = records.OpenDirectory(container.Id);
        using LogReader reader = new(new LogFiles(directory, container.Record.LogFileName), query, destination);
        TimeSpan left = TimeLeft(query);
        if (!query.Follow || !ContainerLifecycle.IsAlive(container.State.Phase) || left <= TimeSpan.Zero)
        {
            await reader.ReadAvailableAsync(cancellationToken);
            return;
        }

        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ChangeWatch changes = _watcher.Watch(directory); // before the first read: nothing falls between
        int exits = container.State.Exits;
        Task ended = container.WhenAsync(state => state.Exits > exits || !ContainerLifecycle.IsAlive(state.Phase), done.Token);
        Task over = left < _longestTimer ? Task.WhenAny(ended, Task.Delay(left, time, done.Token)) : ended;
        await reader.FollowAsync(changes, over, cancellationToken);
        await done.CancelAsync();
        await over.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan TimeLeft(LogQuery query)
        => query.Until == long.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromTicks((query.Until - LogTime.Of(time.GetUtcNow())) / 100);
}
