namespace Coracle.Runtime;

/// <summary>
/// A container's live process, as the engine holds it: a connection to its monitor. Life: made by
/// <see cref="MonitorLauncher.CreateAsync"/> waiting before its <c>execve</c> → <see cref="StartAsync"/> → <see cref="Exited"/>.
/// Disposing closes the connection only: a started container runs on and is found again by
/// <see cref="MonitorLauncher.FindAsync"/>; one that was never started is taken down by its monitor.
/// </summary>
/// <remarks>All members may be called from any thread. A call made after the exit throws <see cref="LaunchFailedException"/> or
/// <see cref="IOException"/>; the exit itself is only ever told by <see cref="Exited"/>.</remarks>
public sealed class ContainerTask : IAsyncDisposable
{
    private readonly TaskCompletionSource<ExitRecord> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ContainerTask(string containerId) => ContainerId = containerId;

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
    /// Completes once, when the first process has ended and its output was read to the end (or 2 s went by with a stray process
    /// holding the pipe), or when the monitor died. Never faults, never is cancelled.
    /// </summary>
    public Task<ExitRecord> Exited => _exited.Task;

    /// <summary>Lets the process execute. Attach before, to lose no output.</summary>
    /// <exception cref="LaunchFailedException">execve failed; nothing is left.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SignalAsync(int signal, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PauseAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ResumeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Size of the terminal in characters; nothing happens without a tty.</summary>
    public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<AttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
