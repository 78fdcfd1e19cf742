using System.Collections.Concurrent;
using System.Threading.Channels;
using Coracle.Core;
using Coracle.Runtime;

namespace Coracle.Tests.Core;

/// <summary>Processes that do exactly what a test says, at the time it says so.</summary>
internal sealed class FakeRuntime(TimeProvider time) : IContainerRuntime
{
    public ConcurrentDictionary<string, FakeTask> Tasks { get; } = new();

    public ConcurrentDictionary<string, ExitRecord> Exits { get; } = new();

    public Exception? FailCreate { get; set; }

    public Exception? FailStart { get; set; }

    /// <summary>Signals that end a process; SIGKILL always does.</summary>
    public HashSet<int> Obeyed { get; } = [15];

    /// <summary>Held, a create waits for it.</summary>
    public TaskCompletionSource? CreateGate { get; set; }

    /// <summary>Held, the answer to a start waits for it; the process is released before.</summary>
    public TaskCompletionSource? StartGate { get; set; }

    /// <summary>Completes when a start waits at the gate.</summary>
    public TaskCompletionSource StartAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Monitors that do not answer until told.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> Silent { get; } = new();

    public int Creates;

    public async Task<IContainerTask> CreateAsync(LaunchSpec spec, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Creates);
        if (CreateGate is not null)
        {
            await CreateGate.Task.WaitAsync(cancellationToken);
        }

        if (FailCreate is not null)
        {
            throw FailCreate;
        }

        FakeTask task = new(this, spec.ContainerId, time);
        Tasks[spec.ContainerId] = task;
        return task;
    }

    public async Task<IContainerTask?> FindAsync(string containerId, CancellationToken cancellationToken)
    {
        if (Silent.TryGetValue(containerId, out TaskCompletionSource? answer))
        {
            await answer.Task.WaitAsync(cancellationToken);
        }

        return Tasks.TryGetValue(containerId, out FakeTask? task) && !task.Exited.IsCompleted ? task : null;
    }

    public ExitRecord? TryReadExit(string containerId) => Exits.TryGetValue(containerId, out ExitRecord? exit) ? exit : null;

    public void Forget(string containerId) => Exits.TryRemove(containerId, out _);
}

internal sealed class FakeTask(FakeRuntime runtime, string id, TimeProvider time) : IContainerTask
{
    private readonly TaskCompletionSource<ExitRecord> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<int> Signals { get; } = [];

    public List<FakeStream> Attached { get; } = [];

    /// <summary>How many were attached when the process was released.</summary>
    public int AttachedAtStart { get; private set; } = -1;

    public int Pid => 4711;

    public DateTimeOffset StartedAt { get; private set; }

    public bool IsStarted { get; set; }

    public bool IsPaused { get; private set; }

    /// <summary>Held, a pause waits for it.</summary>
    public TaskCompletionSource? PauseGate { get; set; }

    public Task<ExitRecord> Exited => _exited.Task;

    /// <summary>Released, and its engine heard of it.</summary>
    private bool _startWasSeen;

    /// <summary>Set when the engine let go of it before it knew it running: a monitor takes such a process down.</summary>
    public bool TakenDown { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (runtime.FailStart is not null)
        {
            throw runtime.FailStart;
        }

        AttachedAtStart = Attached.Count;
        StartedAt = time.GetUtcNow();
        IsStarted = true;
        if (runtime.StartGate is not null)
        {
            runtime.StartAsked.TrySetResult();
            await runtime.StartGate.Task.WaitAsync(cancellationToken);
        }

        _startWasSeen = true;
    }

    public Task SignalAsync(int signal, CancellationToken cancellationToken)
    {
        lock (Signals)
        {
            Signals.Add(signal);
        }

        // Frozen, a process hears of nothing but its death.
        if (signal == 9 || (!IsPaused && runtime.Obeyed.Contains(signal)))
        {
            End(128 + signal);
        }

        return Task.CompletedTask;
    }

    public void End(int code, bool oom = false)
    {
        ExitRecord exit = new(code, time.GetUtcNow(), oom, "", MonitorLost: false);
        runtime.Exits[id] = exit;
        _exited.TrySetResult(exit);
        foreach (FakeStream stream in Attached)
        {
            stream.Output.Writer.TryComplete();
        }
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (PauseGate is not null)
        {
            await PauseGate.Task.WaitAsync(cancellationToken);
        }

        ThrowIfEnded();
        IsPaused = true;
    }

    public Task ResumeAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        IsPaused = false;
        int[] pending;
        lock (Signals)
        {
            pending = [.. Signals];
        }

        if (pending.FirstOrDefault(runtime.Obeyed.Contains) is > 0 and int signal)
        {
            End(128 + signal);
        }

        return Task.CompletedTask;
    }

    private void ThrowIfEnded()
    {
        if (Exited.IsCompleted)
        {
            throw new IOException("the container's monitor is gone");
        }
    }

    public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
    {
        FakeStream stream = new();
        Attached.Add(stream);
        return Task.FromResult<IAttachedStream>(stream);
    }

    public Task<bool> IsRunningAsync(CancellationToken cancellationToken) => Task.FromResult(!_exited.Task.IsCompleted);

    public List<FakeExec> Execs { get; } = [];

    public Exception? FailExec { get; set; }

    public Task<IExecTask> CreateExecAsync(string id, ExecSpec spec, CancellationToken cancellationToken)
    {
        if (FailExec is not null)
        {
            throw FailExec;
        }

        FakeExec exec = new(spec);
        Execs.Add(exec);
        return Task.FromResult<IExecTask>(exec);
    }

    public ValueTask DisposeAsync()
    {
        TakenDown |= !_startWasSeen;
        return ValueTask.CompletedTask;
    }
}

internal sealed class FakeExec(ExecSpec spec) : IExecTask
{
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ExecSpec Spec => spec;

    public FakeStream Stream { get; } = new();

    public bool Started { get; private set; }

    public bool Abandoned { get; private set; }

    public int Pid => 4712;

    public Task<int> Exited => _exited.Task;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Started = true;
        return Task.CompletedTask;
    }

    public Task AbandonAsync()
    {
        Abandoned = true;
        return Task.CompletedTask;
    }

    public Task SignalAsync(int signal, CancellationToken cancellationToken)
    {
        End(128 + signal);
        return Task.CompletedTask;
    }

    public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken) => Task.FromResult<IAttachedStream>(Stream);

    public void End(int code)
    {
        _exited.TrySetResult(code);
        Stream.Output.Writer.TryComplete();
    }

    /// <summary>As when its container's monitor has gone.</summary>
    public void Lose() => _exited.TrySetException(new IOException("gone"));
}

internal sealed class FakeStream : IAttachedStream
{
    public LogPosition? LogEnd { get; init; }

    public Channel<byte[]> Output { get; } = Channel.CreateUnbounded<byte[]>();

    public List<byte> Input { get; } = [];

    public TaskCompletionSource InputEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!await Output.Reader.WaitToReadAsync(cancellationToken))
        {
            return 0;
        }

        Output.Reader.TryRead(out byte[]? bytes);
        bytes!.AsSpan().CopyTo(buffer.Span);
        return bytes!.Length;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Input.AddRange(data.ToArray());
        return ValueTask.CompletedTask;
    }

    public void CompleteWrites() => InputEnded.TrySetResult();

    public void Dispose() => Output.Writer.TryComplete();
}
