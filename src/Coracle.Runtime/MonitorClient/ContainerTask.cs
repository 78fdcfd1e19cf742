using System.Buffers.Binary;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// A container's live process, as the engine holds it: a connection to its monitor. Life: made by
/// <see cref="MonitorLauncher.CreateAsync"/> waiting before its <c>execve</c> → <see cref="StartAsync"/> → <see cref="Exited"/>.
/// Disposing closes the connection only: a started container runs on and is found again by
/// <see cref="MonitorLauncher.FindAsync"/>; one that was never started is taken down by its monitor.
/// </summary>
/// <remarks>All members may be called from any thread. A call made after the exit throws <see cref="IOException"/>; the exit itself is
/// only ever told by <see cref="Exited"/>. Each call has a limit (<see cref="MonitorPatience"/>), beyond which it throws
/// <see cref="MonitorSilentException"/>.</remarks>
public sealed class ContainerTask : IAsyncDisposable
{
    private readonly MonitorConnection _connection;
    private readonly DirectoryHandle _directory;
    private readonly Func<MonitorEnd, Task> _afterEnd;
    private readonly TaskCompletionSource<ExitRecord> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _watching;
    private volatile bool _disposed;
    private volatile LaunchFailedException? _startFailure;

    /// <param name="connection">Owned by the task from now on.</param>
    /// <param name="directory">The container's in exec-root; owned by the task from now on.</param>
    /// <param name="afterEnd">Awaited when the monitor has gone or is about to.</param>
    internal ContainerTask(
        string containerId, MonitorConnection connection, DirectoryHandle directory, MonitorState state, Func<MonitorEnd, Task> afterEnd)
    {
        ContainerId = containerId;
        _connection = connection;
        _directory = directory;
        _afterEnd = afterEnd;
        Adopt(state);
        _watching = WatchAsync();
    }

    public string ContainerId { get; }

    /// <summary>The first process, in the engine's PID namespace.</summary>
    public int Pid { get; private set; }

    /// <summary>UTC; meaningful once started.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>False between <see cref="MonitorLauncher.CreateAsync"/> and <see cref="StartAsync"/>.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>True while the processes are frozen.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>
    /// Completes once: when the first process has ended and its output was read to the end (or 2 s went by with a stray process
    /// holding the pipe), or when the monitor died. Never faults, never is cancelled; stays open if the task is disposed of before.
    /// </summary>
    public Task<ExitRecord> Exited => _exited.Task;

    /// <summary>Lets the process execute. Attach before, to lose no output.</summary>
    /// <exception cref="LaunchFailedException">execve failed; nothing is left.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Adopt(MonitorAnswers.State(await _connection.AskAsync(MonitorOperation.Start, default, cancellationToken)));
        }
        catch (LaunchFailedException failure)
        {
            _startFailure = failure;
            throw;
        }
    }

    /// <exception cref="IOException">There is no process any more (inner: ESRCH).</exception>
    public Task SignalAsync(int signal, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, signal);
        return _connection.AskAsync(MonitorOperation.Signal, payload, cancellationToken);
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await _connection.AskAsync(MonitorOperation.Pause, default, cancellationToken);
        IsPaused = true;
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await _connection.AskAsync(MonitorOperation.Resume, default, cancellationToken);
        IsPaused = false;
    }

    /// <summary>Size of the terminal in characters; nothing happens without a tty.</summary>
    public Task ResizeAsync(int height, int width, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[2 * sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(payload, (ushort)Math.Clamp(height, 0, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(sizeof(ushort)), (ushort)Math.Clamp(width, 0, ushort.MaxValue));
        return _connection.AskAsync(MonitorOperation.Resize, payload, cancellationToken);
    }

    /// <summary>A client's own connection to the streams, from now on. It outlives this task.</summary>
    /// <exception cref="IOException">The process has ended.</exception>
    public Task<AttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
        => MonitorDoor.AttachAsync(_directory, options, cancellationToken);

    /// <summary>Asks the monitor whether the first process runs, so that <see cref="Pid"/> was its own until now.</summary>
    public async Task<bool> IsRunningAsync(CancellationToken cancellationToken)
        => MonitorAnswers.State(await _connection.AskAsync(MonitorOperation.State, default, cancellationToken)).Phase == MonitorPhase.Running;

    /// <summary>Makes one more process in the container and leaves it waiting before its <c>execve</c>.</summary>
    /// <param name="id">64 hex digits; nobody else's.</param>
    /// <exception cref="LaunchFailedException">It could not be made; nothing of it is left.</exception>
    /// <exception cref="IOException">The container has ended, or its monitor is of an engine that knew no execs.</exception>
    public async Task<ExecTask> CreateExecAsync(string id, ExecSpec spec, CancellationToken cancellationToken)
    {
        if (_connection.Version < MonitorProtocol.ExecVersion)
        {
            throw new IOException("the container was started by an older engine, which knew no exec: restart it");
        }

        string name = MonitorFiles.ExecPrefix + id;
        await Task.Run(() => WriteRecord(name, spec), CancellationToken.None);
        try
        {
            return await ExecTask.CreateAsync(_connection, _directory, id, cancellationToken);
        }
        catch
        {
            _ = _directory.RemoveIfPresent(name); // a monitor that is gone has not read it
            throw;
        }
    }

    private void WriteRecord(string name, ExecSpec spec)
    {
        using SafeFileHandle file = _directory.CreateNew(name);
        RandomAccess.Write(file, ExecSpecCodec.Encode(spec, _connection.Version), fileOffset: 0);
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _connection.DisposeAsync();
        await _watching;
        _directory.Dispose();
    }

    private void Adopt(MonitorState state)
    {
        Pid = state.Pid;
        IsPaused = state.Paused;
        IsStarted = state.StartedAt != 0;
        StartedAt = UnixTime.ToDateTimeOffset(state.StartedAt);
    }

    private async Task WatchAsync()
    {
        ExitRecord? exit = null;
        try
        {
            exit = MonitorAnswers.Exit(await _connection.AskAsync(MonitorOperation.Wait, default, CancellationToken.None));
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            // It is gone without an answer, or we are being disposed of.
        }

        if (exit is null && !_disposed)
        {
            await _afterEnd(MonitorEnd.Expected);
            exit = await Task.Run(FindExit);
        }
        else if (exit is null && !IsStarted)
        {
            await _afterEnd(MonitorEnd.Ordered); // without us it has nothing to live for
            await Task.Run(() => LostMonitor.Settle(_directory)); // and if it was killed, what it made has nobody else
        }

        if (exit is not null)
        {
            _ = _exited.TrySetResult(exit);
            await _connection.Closed; // the monitor may still be serving clients that read slowly
            await _afterEnd(MonitorEnd.Expected);
        }
    }

    private ExitRecord FindExit()
    {
        if (_startFailure is { } failure)
        {
            int code = failure.Kind switch
            {
                LaunchFailureKind.NotFound => 127,
                LaunchFailureKind.NotExecutable => 126,
                _ => 128,
            };
            return new ExitRecord(code, UnixTime.ToDateTimeOffset(Clock.UnixNanoseconds()), OomKilled: false, failure.Message, MonitorLost: false);
        }

        return LostMonitor.Settle(_directory) ?? ExitFacts.Lost(Clock.UnixNanoseconds(), "the container's monitor ended before the start").ToRecord();
    }
}
