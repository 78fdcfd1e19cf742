using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// What containers need of the runtime: <see cref="MonitorRuntime"/> in the engine, a double in tests of the actor. The
/// promises are those of <see cref="MonitorLauncher"/>, method by method, but for a monitor that says nothing: that is an
/// <see cref="EngineException"/> here, since every client that asks is told so.
/// </summary>
public interface IContainerRuntime
{
    /// <inheritdoc cref="MonitorLauncher.CreateAsync"/>
    Task<IContainerTask> CreateAsync(LaunchSpec spec, CancellationToken cancellationToken);

    /// <inheritdoc cref="MonitorLauncher.FindAsync"/>
    Task<IContainerTask?> FindAsync(string containerId, CancellationToken cancellationToken);

    /// <inheritdoc cref="MonitorLauncher.TryReadExit"/>
    ExitRecord? TryReadExit(string containerId);

    /// <inheritdoc cref="MonitorLauncher.Forget"/>
    void Forget(string containerId);
}

/// <inheritdoc cref="ContainerTask"/>
public interface IContainerTask : IAsyncDisposable
{
    int Pid { get; }

    DateTimeOffset StartedAt { get; }

    bool IsStarted { get; }

    bool IsPaused { get; }

    Task<ExitRecord> Exited { get; }

    Task StartAsync(CancellationToken cancellationToken);

    Task SignalAsync(int signal, CancellationToken cancellationToken);

    Task PauseAsync(CancellationToken cancellationToken);

    Task ResumeAsync(CancellationToken cancellationToken);

    Task ResizeAsync(int height, int width, CancellationToken cancellationToken);

    Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken);

    /// <inheritdoc cref="ContainerTask.IsRunningAsync"/>
    Task<bool> IsRunningAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="ContainerTask.CreateExecAsync"/>
    Task<IExecTask> CreateExecAsync(string id, ExecSpec spec, CancellationToken cancellationToken);
}

/// <inheritdoc cref="ExecTask"/>
public interface IExecTask
{
    int Pid { get; }

    Task<int> Exited { get; }

    Task StartAsync(CancellationToken cancellationToken);

    Task AbandonAsync();

    Task SignalAsync(int signal, CancellationToken cancellationToken);

    Task ResizeAsync(int height, int width, CancellationToken cancellationToken);

    Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken);
}

/// <inheritdoc cref="AttachedStream"/>
public interface IAttachedStream : IDisposable
{
    LogPosition? LogEnd { get; }

    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    void CompleteWrites();
}
