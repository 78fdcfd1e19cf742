using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>The engine's runtime: every call goes to the container's monitor.</summary>
public sealed class MonitorRuntime(MonitorLauncher launcher) : IContainerRuntime
{
    public async Task<IContainerTask> CreateAsync(LaunchSpec spec, CancellationToken cancellationToken)
        => new MonitoredTask(await launcher.CreateAsync(spec, cancellationToken));

    public async Task<IContainerTask?> FindAsync(string containerId, CancellationToken cancellationToken)
        => await launcher.FindAsync(containerId, cancellationToken) is ContainerTask task ? new MonitoredTask(task) : null;

    public ExitRecord? TryReadExit(string containerId) => launcher.TryReadExit(containerId);

    public void Forget(string containerId) => launcher.Forget(containerId);

    private sealed class MonitoredTask(ContainerTask task) : IContainerTask
    {
        public int Pid => task.Pid;

        public DateTimeOffset StartedAt => task.StartedAt;

        public bool IsStarted => task.IsStarted;

        public bool IsPaused => task.IsPaused;

        public Task<ExitRecord> Exited => task.Exited;

        public Task StartAsync(CancellationToken cancellationToken) => task.StartAsync(cancellationToken);

        public Task SignalAsync(int signal, CancellationToken cancellationToken) => task.SignalAsync(signal, cancellationToken);

        public Task PauseAsync(CancellationToken cancellationToken) => task.PauseAsync(cancellationToken);

        public Task ResumeAsync(CancellationToken cancellationToken) => task.ResumeAsync(cancellationToken);

        public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => task.ResizeAsync(height, width, cancellationToken);

        public async Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
            => new MonitoredStream(await task.AttachAsync(options, cancellationToken));

        public Task<bool> IsRunningAsync(CancellationToken cancellationToken) => task.IsRunningAsync(cancellationToken);

        public async Task<IExecTask> CreateExecAsync(string id, ExecSpec spec, CancellationToken cancellationToken)
            => new MonitoredExec(await task.CreateExecAsync(id, spec, cancellationToken));

        public ValueTask DisposeAsync() => task.DisposeAsync();
    }

    private sealed class MonitoredExec(ExecTask exec) : IExecTask
    {
        public int Pid => exec.Pid;

        public Task<int> Exited => exec.Exited;

        public Task StartAsync(CancellationToken cancellationToken) => exec.StartAsync(cancellationToken);

        public Task AbandonAsync() => exec.AbandonAsync();

        public Task SignalAsync(int signal, CancellationToken cancellationToken) => exec.SignalAsync(signal, cancellationToken);

        public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => exec.ResizeAsync(height, width, cancellationToken);

        public async Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
            => new MonitoredStream(await exec.AttachAsync(options, cancellationToken));
    }

    private sealed class MonitoredStream(AttachedStream stream) : IAttachedStream
    {
        public LogPosition? LogEnd => stream.LogEnd;

        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => stream.WriteAsync(data, cancellationToken);

        public void CompleteWrites() => stream.CompleteWrites();

        public void Dispose() => stream.Dispose();
    }
}
