using System.Threading.Channels;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// One container. Every change to it is a message in its queue, applied one at a time by its own loop, so nothing in here
/// needs a lock. Applying a message is a transition of the phase and the orders that follow from it; it never waits for the
/// process, a disk, a timer, the network or a client. Whoever wants to see the outcome waits outside, on the state.
/// </summary>
/// <remarks>
/// Every verb may be called from any thread. A cancelled token ends the caller's waiting, never the work. Disposing leaves
/// the process running: the next engine finds it by its monitor.
/// </remarks>
public sealed partial class Container : IAsyncDisposable
{
    /// <summary>Messages that may wait; a sender beyond that waits for room.</summary>
    private const int QueueLength = 256;

    /// <summary>How long a stop waits before it kills, where nobody said otherwise.</summary>
    private static readonly TimeSpan _defaultGrace = TimeSpan.FromSeconds(10);

    /// <summary>How long kill waits for what SIGKILL does: a process in the middle of disk I/O ends when that is done.</summary>
    private static readonly TimeSpan _killPatience = TimeSpan.FromSeconds(10);

    private readonly ContainerEnvironment _services;

    private readonly Channel<ContainerMessage> _queue = Channel.CreateBounded<ContainerMessage>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private readonly StateWatch _watch;

    private readonly AttachDesk _desk = new();

    private readonly RecordWriter _writer;

    private readonly PendingWork _pending;

    private readonly CancellationTokenSource _lifetime = new();

    private readonly RestartPolicy _policy;

    private readonly Action<Container> _onRemoved;

    private readonly Task _loop;

    private int _disposed;

    private volatile ContainerRecord _record;

    /// <param name="record">As created, or as found now.</param>
    /// <param name="saved">As it is on disk.</param>
    /// <param name="state">What was found of it.</param>
    /// <param name="found">The process that an earlier engine left running.</param>
    /// <param name="onRemoved">Called once, from the loop, when everything of it is gone.</param>
    internal Container(
        ContainerRecord record, ContainerRecord saved, ContainerState state, IContainerTask? found, ContainerEnvironment services,
        Action<Container> onRemoved)
    {
        _record = record;
        _services = services;
        _onRemoved = onRemoved;
        _watch = new StateWatch(state);
        _writer = new RecordWriter(services.Records, saved);
        _pending = new PendingWork(services.Logger);
        _policy = RestartPolicy.Parse(record.HostConfig.RestartPolicy);
        _state = state;
        _beforeStart = record;
        Adopt(found);
        _loop = Task.Run(RunAsync);
    }

    public string Id => _record.Id;

    public string Name => _record.Name;

    public ContainerRecord Record => _record;

    public ContainerState State => _watch.Now;

    /// <summary>POST /containers/{id}/start</summary>
    /// <exception cref="EngineException">It cannot be started in its phase, or its process could not.</exception>
    public async Task<StartOutcome> StartAsync(CancellationToken cancellationToken)
    {
        ContainerAnswer answer = await AskAsync(new ContainerMessage(ContainerEvent.StartAsked) { Answer = NewAnswer() }, cancellationToken);
        if (answer.Accepted)
        {
            await answer.Order.Work.WaitAsync(cancellationToken);
            return StartOutcome.Started;
        }

        switch (answer.Before.Phase)
        {
            case ContainerPhase.Paused:
                throw new EngineException(Refusal.Conflict, "cannot start a paused container, try unpause instead");
            case ContainerPhase.Removing or ContainerPhase.Removed:
                throw new EngineException(Refusal.Conflict, "container is marked for removal and cannot be started");
            default:
                // Another client is starting it: what we say must be true when we say it.
                await _watch.WhenAsync(state => state.Phase != ContainerPhase.Starting, cancellationToken);
                return StartOutcome.AlreadyRunning;
        }
    }

    /// <summary>POST /containers/{id}/stop. The token ends the waiting, not the stopping.</summary>
    /// <param name="signal">Null takes the container's own stop signal.</param>
    /// <param name="grace">Null takes the container's own; infinite never kills.</param>
    public async Task<StopOutcome> StopAsync(Signal? signal, TimeSpan? grace, CancellationToken cancellationToken)
    {
        Task<StopOutcome> stopping = StopToTheEndAsync(signal, grace, forRestart: false);
        _pending.Keep(Id, stopping);
        return await stopping.WaitAsync(cancellationToken);
    }

    private async Task<StopOutcome> StopToTheEndAsync(Signal? wanted, TimeSpan? patience, bool forRestart)
    {
        Signal signal = wanted ?? StopSignal;
        TimeSpan grace = patience ?? StopGrace;
        int exits = State.Exits;
        ContainerAnswer answer = await AskToEndAsync(signal, _lifetime.Token, forRestart);
        if (!answer.Accepted)
        {
            return StopOutcome.AlreadyStopped;
        }

        await EndWithinAsync(grace, exits);
        Publish("stop");
        return StopOutcome.Stopped;
    }

    /// <summary>
    /// POST /containers/{id}/kill: returns when the signal was sent, not when it had an effect; SIGKILL's is waited for, as in
    /// Docker, where a program that killed a container may remove it next.
    /// </summary>
    public async Task<KillOutcome> KillAsync(Signal signal, CancellationToken cancellationToken)
    {
        bool ends = signal == Signal.Kill || signal == StopSignal;
        int exits = State.Exits;
        ContainerMessage message = new(ContainerEvent.SignalAsked)
        {
            Signal = signal,
            ByHand = ends,
            Thaws = ends || _record.Config.StopSignal.Length == 0, // Docker's: with no stop signal of its own, any signal
            Answer = NewAnswer(),
        };
        ContainerAnswer answer = await AskAsync(message, cancellationToken);
        if (!answer.Accepted)
        {
            return KillOutcome.NotRunning;
        }

        await answer.Order.Work.WaitAsync(cancellationToken);
        if (signal == Signal.Kill && ContainerLifecycle.HasProcess(answer.Before.Phase))
        {
            await _watch.WhenAsync(state => HasEnded(state, exits), _killPatience, _services.Time, cancellationToken);
        }

        return KillOutcome.Sent;
    }

    private static bool HasEnded(ContainerState state, int exits) => state.Exits > exits || !ContainerLifecycle.IsAlive(state.Phase);

    /// <summary>POST /containers/{id}/restart: a stop, if it runs, and a start.</summary>
    public async Task RestartAsync(Signal? signal, TimeSpan? grace, CancellationToken cancellationToken)
    {
        await _pending.Keep(Id, RestartToTheEndAsync(signal, grace)).Work.WaitAsync(cancellationToken);
        Publish("restart");
    }

    private async Task RestartToTheEndAsync(Signal? signal, TimeSpan? grace)
    {
        try
        {
            await StopToTheEndAsync(signal, grace, forRestart: true);
        }
        catch
        {
            await TellAsync(new ContainerMessage(ContainerEvent.RestartFailed) { Answer = NewAnswer() });
            throw;
        }

        await StartAsync(_lifetime.Token);
    }

    /// <summary>Waits for a condition. Call it before anything that might make the condition true.</summary>
    /// <returns>The state that fitted: its exit code is the answer.</returns>
    public Task<ContainerState> WaitAsync(WaitCondition condition, CancellationToken cancellationToken)
    {
        int exits = State.Exits;
        return condition switch
        {
            WaitCondition.NextExit => _watch.WhenAsync(
                state => state.Exits > exits || state.Phase == ContainerPhase.Removed, cancellationToken),
            WaitCondition.Removed => _watch.WhenAsync(state => state.Phase == ContainerPhase.Removed, cancellationToken),
            _ => _watch.WhenAsync(state => !ContainerLifecycle.IsAlive(state.Phase), cancellationToken),
        };
    }

    /// <summary>POST /containers/{id}/resize</summary>
    /// <exception cref="EngineException">It has no process.</exception>
    public async Task ResizeAsync(int height, int width, CancellationToken cancellationToken)
    {
        IContainerTask task = _task ?? throw new EngineException(Refusal.Conflict, $"container {Id} is not running");
        await task.ResizeAsync(height, width, cancellationToken);
        Publish("resize", ("height", Number(height)), ("width", Number(width)));
    }

    /// <summary>The first state, beginning with the present one, that fits.</summary>
    internal Task<ContainerState> WhenAsync(Func<ContainerState, bool> fits, CancellationToken cancellationToken)
        => _watch.WhenAsync(fits, cancellationToken);

    /// <summary>Removes it; its anonymous volumes stay.</summary>
    /// <param name="force">Kills it first if it runs.</param>
    public Task RemoveAsync(bool force, CancellationToken cancellationToken) => RemoveAsync(force, withVolumes: false, cancellationToken);

    /// <summary>DELETE /containers/{id}</summary>
    /// <param name="force">Kills it first if it runs.</param>
    /// <param name="withVolumes">Its anonymous volumes go, too.</param>
    public Task RemoveAsync(bool force, bool withVolumes, CancellationToken cancellationToken)
        => _pending.Keep(Id, RemoveToTheEndAsync(force, withVolumes, _lifetime.Token)).Work.WaitAsync(cancellationToken);

    private async Task RemoveToTheEndAsync(bool force, bool withVolumes, CancellationToken cancellationToken)
    {
        while (true)
        {
            ContainerMessage message = new(ContainerEvent.RemoveAsked) { WithVolumes = withVolumes, Answer = NewAnswer() };
            ContainerAnswer answer = await AskAsync(message, cancellationToken);
            if (answer.Accepted)
            {
                await answer.Order.Work.WaitAsync(cancellationToken);
                return;
            }

            if (!ContainerLifecycle.IsAlive(answer.Before.Phase))
            {
                await SettleRemovalAsync(force, cancellationToken);
                return;
            }

            if (!force)
            {
                throw new EngineException(Refusal.Conflict, CannotRemove(answer.Before));
            }

            // An end, not the rest after it: a restart may have begun the next run before we look.
            int exits = State.Exits;
            ContainerAnswer killed = await AskToEndAsync(Signal.Kill, cancellationToken);
            await killed.Order.Work.WaitAsync(cancellationToken); // fails when its monitor does not answer
            await _watch.WhenAsync(state => HasEnded(state, exits), cancellationToken);
        }
    }

    /// <summary>Somebody else removes it. Who forces wants it gone, whoever does it.</summary>
    private async Task SettleRemovalAsync(bool force, CancellationToken cancellationToken)
    {
        if (!force)
        {
            throw new EngineException(Refusal.Conflict, $"removal of container {Name} is already in progress");
        }

        ContainerState settled = await _watch.WhenAsync(state => state.Phase != ContainerPhase.Removing, cancellationToken);
        if (settled.Phase != ContainerPhase.Removed)
        {
            throw new EngineException(Refusal.Failed, $"unable to remove container {Id}");
        }
    }

    private string CannotRemove(ContainerState state)
    {
        string how = state.Phase == ContainerPhase.Paused
            ? "container is paused and must be unpaused first"
            : $"container is {(state.Phase == ContainerPhase.Starting ? "running" : state.Status)}: stop the container before removing or force remove";
        return $"cannot remove container \"/{Name}\": {how}";
    }

    /// <summary>A place among those who get the container's streams; take it before answering the client.</summary>
    public async Task<AttachTicket> AttachAsync(AttachWish wish, CancellationToken cancellationToken)
    {
        switch (State.Phase)
        {
            case ContainerPhase.Paused:
                throw new EngineException(
                    Refusal.Conflict, $"container {Id} is paused, unpause the container before attach");
            case ContainerPhase.Restarting:
                throw new EngineException(
                    Refusal.Conflict, $"container {Id} is restarting, wait until the container is running");
            case ContainerPhase.Removing or ContainerPhase.Removed:
                throw new EngineException(Refusal.Conflict, $"container {Id} is marked for removal and cannot be attached to");
            default:
                AttachTicket ticket = await _desk.TakeAsync(wish, cancellationToken);
                Publish("attach");
                return ticket;
        }
    }

    /// <summary>After recovery: goes where its policy or its <c>--rm</c> would have taken it had the engine been there.</summary>
    /// <param name="how">What of it the engine before did not get to.</param>
    internal void Resume(FoundAs how)
    {
        ContainerState found = State;
        if (how == FoundAs.EndedUnseen)
        {
            PublishExit(new ExitRecord(found.ExitCode, found.FinishedAt ?? found.StartedAt!.Value, found.OomKilled, found.Error, MonitorLost: false));
            _pending.Keep(Id, _writer.NoteAsync(_record));
        }

        if (found.Phase != ContainerPhase.Exited && found.Phase != ContainerPhase.Created)
        {
            return;
        }

        if (_record.HostConfig.AutoRemove && found.Phase == ContainerPhase.Exited)
        {
            _pending.Keep(Id, RemoveToTheEndAsync(force: true, withVolumes: true, _lifetime.Token));
        }
        else if (how == FoundAs.StartCutOff ? _policy.Kind != RestartKind.No
            : found.StartedAt is not null && _policy.StartsWithEngine(found.ExitCode, _record.StoppedByHand, found.RestartCount))
        {
            _pending.Keep(Id, StartAsync(_lifetime.Token));
        }
        else
        {
            _pending.Keep(Id, _writer.SaveAsync(_record)); // an exit that happened while no engine was there
        }
    }

    /// <summary>Ends the loop and waits for work in flight. The process stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.Writer.TryComplete();
        await _lifetime.CancelAsync();
        await _loop;
        await _pending.WhenAllDoneAsync();
        if (_state.Phase != ContainerPhase.Removed)
        {
            // What was only remembered; nothing is written when nothing changed. Waited for, since closing drops what has not begun.
            await _pending.Keep(Id, _writer.SaveAsync(_record)).Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _writer.CloseAsync();
        if (_task is not null)
        {
            await _task.DisposeAsync();
        }

        _lifetime.Dispose();
        _networking.Dispose();
    }

    private Signal StopSignal => Signal.TryParse(_record.Config.StopSignal, out Signal signal) ? signal : Signal.Term;

    private TimeSpan StopGrace => _record.Config.StopTimeout switch
    {
        null => _defaultGrace,
        < 0 => Timeout.InfiniteTimeSpan,
        long seconds => TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000)),
    };

    private Task<ContainerAnswer> AskToEndAsync(Signal signal, CancellationToken cancellationToken, bool forRestart = false)
    {
        ContainerMessage message = new(ContainerEvent.SignalAsked)
        {
            Signal = signal,
            ByHand = true,
            Thaws = true,
            ForRestart = forRestart,
            Answer = NewAnswer(),
        };
        return AskAsync(message, cancellationToken);
    }

    private async Task EndWithinAsync(TimeSpan grace, int exits)
    {
        if (!await _watch.WhenAsync(state => HasEnded(state, exits), grace, _services.Time, _lifetime.Token))
        {
            ContainerAnswer killed = await AskToEndAsync(Signal.Kill, _lifetime.Token); // a message like any other
            await killed.Order.Work.WaitAsync(_lifetime.Token); // fails when its monitor does not answer
            await _watch.WhenAsync(state => HasEnded(state, exits), _lifetime.Token);
        }
    }

    private static TaskCompletionSource<ContainerAnswer> NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<ContainerAnswer> AskAsync(ContainerMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(message, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new EngineException(Refusal.Unavailable, "the engine is shutting down");
        }

        return await message.Answer!.Task.WaitAsync(cancellationToken);
    }
}
