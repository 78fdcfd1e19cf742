using System.Globalization;
using Coracle.Runtime;

namespace Coracle.Core;

// The loop and what each event does. Everything in this file runs in the loop, and nothing in it waits.
public sealed partial class Container
{
    private readonly List<Signal> _signalsForStart = [];

    private ContainerState _state;

    /// <summary>Its record when the start that goes on was asked for.</summary>
    private ContainerRecord _beforeStart;

    private volatile IContainerTask? _task;

    private static readonly TimeSpan _exitSavePause = TimeSpan.FromMinutes(1);

    private TimeSpan _lastDelay;

    private DateTimeOffset _nextExitSave;

    private ITimer? _restartTimer;

    /// <summary>A restart stops it: its end is not the end of a <c>--rm</c> container.</summary>
    private bool _staysAfterExit;

    private async Task RunAsync()
    {
        await foreach (ContainerMessage message in _queue.Reader.ReadAllAsync())
        {
            ContainerState before = _state;
            ContainerEvent happened = Decide(message);
            string name = _record.Name;
            ContainerPhase? next = IsOfAnotherRun(message) ? null : ContainerLifecycle.Next(before.Phase, happened);
            Order order = next is ContainerPhase phase ? Apply(happened, message, phase) : Order.None;
            message.Answer?.SetResult(new ContainerAnswer(next is not null, before, name, order));
        }

        _restartTimer?.Dispose();
    }

    private bool IsOfAnotherRun(ContainerMessage message)
        => message.Event is ContainerEvent.PauseDone or ContainerEvent.ResumeDone && message.Task != _task;

    /// <summary>The policy decides which kind of exit it was; what was found says whether it is frozen.</summary>
    private ContainerEvent Decide(ContainerMessage message)
    {
        if (message.Exit is not ExitRecord exit)
        {
            return message is { Event: ContainerEvent.Found, Task.IsPaused: true } ? ContainerEvent.FoundPaused : message.Event;
        }

        TimeSpan ran = exit.FinishedAt - (_state.StartedAt ?? exit.FinishedAt);
        TimeSpan? delay = _lifetime.IsCancellationRequested
            ? null
            : _policy.Delay(exit.ExitCode, _record.StoppedByHand, _state.RestartCount, ran, _lastDelay);
        _lastDelay = delay ?? TimeSpan.Zero;
        return delay is null ? ContainerEvent.ProcessExited : ContainerEvent.ExitedForRestart;
    }

    private Order Apply(ContainerEvent happened, ContainerMessage message, ContainerPhase next)
    {
        ContainerState moved = _state with { Phase = next };
        switch (happened)
        {
            case ContainerEvent.StartAsked:
                return BeginStart(moved with { RestartCount = 0 }, byHand: true);
            case ContainerEvent.RestartDue:
                return BeginStart(moved with { RestartCount = _state.RestartCount + 1 }, byHand: false);
            case ContainerEvent.Started:
                TakeStarted(moved, message.Task!);
                return Order.None;
            case ContainerEvent.Found or ContainerEvent.FoundPaused:
                Show(moved with { Pid = message.Task!.Pid, StartedAt = message.Task.StartedAt });
                return Order.None;
            case ContainerEvent.StartFailed:
                TakeStartFailure(moved, message);
                return Order.None;
            case ContainerEvent.SignalAsked:
                return TakeSignal(moved, message);
            case ContainerEvent.PauseAsked:
                return Freezing(FreezeAsync(_task!, _freezing));
            case ContainerEvent.ResumeAsked:
                return Freezing(ThawAsync(_task!, _freezing));
            case ContainerEvent.PauseDone or ContainerEvent.ResumeDone:
                Show(moved);
                Publish(happened == ContainerEvent.PauseDone ? "pause" : "unpause");
                return Order.None;
            case ContainerEvent.RenameAsked:
                return Save(Renamed(message.Name!));
            case ContainerEvent.NetworksJoined:
                return NoteNetworks(message.Networked!);
            case ContainerEvent.NetworksChanged:
                return SaveNetworks(message.Networked!);
            case ContainerEvent.ProcessExited or ContainerEvent.ExitedForRestart:
                TakeExit(moved, message.Exit!);
                return Order.None;
            case ContainerEvent.RestartFailed:
                GiveUpRestart();
                return Order.None;
            case ContainerEvent.RemoveAsked:
                return BeginRemoval(moved, message.WithVolumes);
            case ContainerEvent.Removed:
                _onRemoved(this);
                Publish("destroy");
                Show(moved);
                return Order.None;
            default:
                Show(happened == ContainerEvent.RemoveFailed ? moved with { RemovalFailed = true } : moved);
                return Order.None;
        }
    }

    private Order BeginStart(ContainerState moved, bool byHand)
    {
        DateTimeOffset now = _services.Time.GetUtcNow();
        _staysAfterExit = false;
        if (byHand)
        {
            _lastDelay = TimeSpan.Zero;
        }

        _beforeStart = _record;

        // Written beside the launch: found so without a process, the container was cut off while it ran.
        ContainerRecord record = _record with
        {
            Run = _record.Run + 1,
            StartedAt = now,
            FinishedAt = null,
            ExitCode = 0,
            Error = "",
            OomKilled = false,
            RestartCount = moved.RestartCount,
            StoppedByHand = !byHand && _record.StoppedByHand,
        };
        Show(moved with { Error = "", ExitCode = 0, OomKilled = false, RemovalFailed = false });
        if (byHand)
        {
            // Found beside a start that came to nothing, it says how things were before.
            NoteIfKept(_record);
        }

        // A restart by the policy changes nothing that must survive the power: flash is not worn by a container that keeps failing.
        Order saved = byHand ? Save(record) : Remember(record);
        return _pending.Keep(Id, LaunchAsync(saved.Work));
    }

    private void TakeStarted(ContainerState moved, IContainerTask task)
    {
        _task = task;
        Remember(_record with { StartedAt = task.StartedAt });
        NoteIfKept(_record);
        Show(moved with { Pid = task.Pid, StartedAt = task.StartedAt, FinishedAt = null });
        Publish("start", task.StartedAt); // the monitor's time, as of its die: a short run must not end before it began
        _pending.Keep(Id, ReportExitAsync(task));
        foreach (Signal signal in _signalsForStart)
        {
            _pending.Keep(Id, SendSignalAsync(task, signal));
        }

        _signalsForStart.Clear();
    }

    private void TakeStartFailure(ContainerState moved, ContainerMessage message)
    {
        _signalsForStart.Clear();
        _desk.SendAway();
        _services.Volumes?.Unmount(_record);
        string error = message.Failure!.Message;
        Save(_record with
        {
            StartedAt = _state.StartedAt,
            FinishedAt = _services.Time.GetUtcNow(),
            ExitCode = message.FailureCode,
            Error = error,
            Sandbox = null,
        });
        Show(moved with { ExitCode = message.FailureCode, Error = error });
        RemoveIfAutomatic();
    }

    private Order TakeSignal(ContainerState moved, ContainerMessage message)
    {
        _staysAfterExit |= message.ForRestart;
        if (message.ByHand && !_record.StoppedByHand)
        {
            _ = _policy.Kind == RestartKind.No ? Remember(_record with { StoppedByHand = true }) : Save(_record with { StoppedByHand = true });
        }

        switch (_state.Phase)
        {
            case ContainerPhase.Starting:
                _signalsForStart.Add(message.Signal);
                return Order.None;
            case ContainerPhase.Restarting:
                _restartTimer?.Dispose();
                Show(moved);
                return Save(_record);
            default:
                Publish("kill", ("signal", Number(message.Signal.Number)));
                Order sent = _pending.Keep(Id, SendSignalAsync(_task!, message.Signal));
                if (message.Thaws && (_state.Phase == ContainerPhase.Paused || !_freezing.IsCompleted))
                {
                    Freezing(ThawAfterSignalAsync(_task!, sent.Work, _freezing));
                }

                return sent;
        }
    }

    private void TakeExit(ContainerState moved, ExitRecord exit)
    {
        IContainerTask ended = _task!;
        _task = null;
        _desk.Close();
        _pending.Keep(Id, ended.DisposeAsync().AsTask());
        ContainerRecord record = _record with
        {
            StartedAt = _state.StartedAt,
            FinishedAt = exit.FinishedAt,
            ExitCode = exit.ExitCode,
            Error = exit.Error,
            OomKilled = exit.OomKilled,
            Sandbox = null,
        };
        PublishExit(exit);
        _services.Networks?.TellEnd(_record);
        _pending.Keep(Id, _writer.NoteAsync(record)); // told: the next engine need not tell it again
        _services.Volumes?.Unmount(_record);
        Show(moved with
        {
            Pid = 0,
            ExitCode = exit.ExitCode,
            Error = exit.Error,
            OomKilled = exit.OomKilled,
            FinishedAt = exit.FinishedAt,
            Exits = _state.Exits + 1,
        });
        if (moved.Phase == ContainerPhase.Restarting)
        {
            Remember(record);
            StartRestartTimer();
            return;
        }

        if (!record.HostConfig.AutoRemove)
        {
            SaveExit(record);
        }
        else if (_staysAfterExit)
        {
            Remember(record); // the start that follows makes it new
        }
        else
        {
            RemoveIfAutomatic();
        }
    }

    /// <summary>At most one write per container and minute: until then the monitor's record in exec-root tells it to the next engine.</summary>
    private void SaveExit(ContainerRecord record)
    {
        DateTimeOffset now = _services.Time.GetUtcNow();
        if (now >= _nextExitSave)
        {
            _nextExitSave = now + _exitSavePause;
            Save(record);
            return;
        }

        Remember(record);
        _pending.Keep(Id, SaveLaterAsync(_nextExitSave - now));
        _nextExitSave += _exitSavePause;
    }

    private void StartRestartTimer()
    {
        _restartTimer?.Dispose();
        _restartTimer = _services.Time.CreateTimer(
            _ => _queue.Writer.TryWrite(new ContainerMessage(ContainerEvent.RestartDue)), null, _lastDelay, Timeout.InfiniteTimeSpan);
    }

    private void GiveUpRestart()
    {
        bool stayed = _staysAfterExit && _state.Phase == ContainerPhase.Exited;
        _staysAfterExit = false;
        if (stayed)
        {
            RemoveIfAutomatic();
        }
    }

    /// <summary><c>--rm</c>: nobody asks, so the loop asks itself.</summary>
    private void RemoveIfAutomatic()
    {
        if (_record.HostConfig.AutoRemove && ContainerLifecycle.Next(_state.Phase, ContainerEvent.RemoveAsked) is ContainerPhase next)
        {
            BeginRemoval(_state with { Phase = next }, withVolumes: true);
        }
    }

    private Order BeginRemoval(ContainerState moved, bool withVolumes)
    {
        _desk.SendAway();
        Show(moved);
        return _pending.Keep(Id, RemoveFilesAsync(withVolumes));
    }

    private void Show(ContainerState state)
    {
        _state = state;
        _watch.Publish(state);
    }

    private Order Save(ContainerRecord record)
    {
        _record = record;
        return _pending.Keep(Id, _writer.SaveAsync(record));
    }

    /// <summary>A <c>--rm</c> container's record is in exec-root as a whole.</summary>
    private void NoteIfKept(ContainerRecord record)
    {
        if (!record.HostConfig.AutoRemove)
        {
            _pending.Keep(Id, _writer.NoteAsync(record));
        }
    }

    private Order Remember(ContainerRecord record)
    {
        _record = record;
        return Order.None;
    }

    /// <summary>As of the end itself: told again by the next engine, because this one was killed in this very moment, it is the same event.</summary>
    private void PublishExit(ExitRecord exit)
    {
        double seconds = (exit.FinishedAt - (_state.StartedAt ?? exit.FinishedAt)).TotalSeconds;
        if (exit.OomKilled)
        {
            Publish("oom", exit.FinishedAt);
        }

        Publish(
            "die",
            exit.FinishedAt,
            ("execDuration", Number((long)Math.Max(0, seconds))),
            ("exitCode", Number(exit.ExitCode)));
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>An event of this container, with Docker's attributes: image, name, labels, and <paramref name="more"/>.</summary>
    public void Publish(string action, params ReadOnlySpan<(string Name, string Value)> more) => Publish(action, at: null, more);

    private void Publish(string action, DateTimeOffset? at, params ReadOnlySpan<(string Name, string Value)> more)
    {
        ContainerRecord record = _record;
        Dictionary<string, string> attributes = new(record.Config.Labels ?? new Dictionary<string, string>())
        {
            ["image"] = record.Config.Image,
            ["name"] = record.Name,
        };
        foreach ((string name, string value) in more)
        {
            attributes[name] = value;
        }

        _services.Events.Publish("container", action, record.Id, attributes, at);
    }
}
