using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>The engine's runtime: every call goes to the container's monitor.</summary>
public sealed class MonitorRuntime(MonitorLauncher launcher) : IContainerRuntime
{
    public async Task<IContainerTask> CreateAsync(LaunchSpec spec, CancellationToken cancellationToken)
        => new MonitoredTask(await AnsweredAsync(launcher.CreateAsync(spec, cancellationToken)));

    public async Task<IContainerTask?> FindAsync(string containerId, CancellationToken cancellationToken)
        => await AnsweredAsync(launcher.FindAsync(containerId, cancellationToken)) is ContainerTask task ? new MonitoredTask(task) : null;

    public ExitRecord? TryReadExit(string containerId) => launcher.TryReadExit(containerId);

    public void Forget(string containerId) => launcher.Forget(containerId);

    private static async Task<T> AnsweredAsync<T>(Task<T> asked)
    {
        try
        {
            return await asked;
        }
        catch (MonitorSilentException silent)
        {
            throw new EngineException(Refusal.Failed, silent.Message, silent);
        }
    }

    private static async Task AnsweredAsync(Task asked)
    {
        try
        {
            await asked;
        }
        catch (MonitorSilentException silent)
        {
            throw new EngineException(Refusal.Failed, silent.Message, silent);
        }
    }

    private sealed class MonitoredTask(ContainerTask task) : IContainerTask
    {
        public int Pid => task.Pid;

        public DateTimeOffset StartedAt => task.StartedAt;

        public bool IsStarted => task.IsStarted;

        public bool IsPaused => task.IsPaused;

        public Task<ExitRecord> Exited => task.Exited;

        public Task StartAsync(CancellationToken cancellationToken) => AnsweredAsync(task.StartAsync(cancellationToken));

        public Task SignalAsync(int signal, CancellationToken cancellationToken) => AnsweredAsync(task.SignalAsync(signal, cancellationToken));

        public Task PauseAsync(CancellationToken cancellationToken) => AnsweredAsync(task.PauseAsync(cancellationToken));

        public Task ResumeAsync(CancellationToken cancellationToken) => AnsweredAsync(task.ResumeAsync(cancellationToken));

        public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => AnsweredAsync(task.ResizeAsync(height, width, cancellationToken));

        public async Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
            => new MonitoredStream(await AnsweredAsync(task.AttachAsync(options, cancellationToken)));

        public Task<bool> IsRunningAsync(CancellationToken cancellationToken) => AnsweredAsync(task.IsRunningAsync(cancellationToken));

        public async Task<IExecTask> CreateExecAsync(string id, ExecSpec spec, CancellationToken cancellationToken)
            => new MonitoredExec(await AnsweredAsync(task.CreateExecAsync(id, spec, cancellationToken)));

        public ValueTask DisposeAsync() => task.DisposeAsync();
    }

    private sealed class MonitoredExec(ExecTask exec) : IExecTask
    {
        public int Pid => exec.Pid;

        public Task<int> Exited => exec.Exited;

        public Task StartAsync(CancellationToken cancellationToken) => AnsweredAsync(exec.StartAsync(cancellationToken));

        public Task AbandonAsync() => AnsweredAsync(exec.AbandonAsync());

        public Task SignalAsync(int signal, CancellationToken cancellationToken) => AnsweredAsync(exec.SignalAsync(signal, cancellationToken));

        public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => AnsweredAsync(exec.ResizeAsync(height, width, cancellationToken));

        public async Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
            => new MonitoredStream(await AnsweredAsync(exec.AttachAsync(options, cancellationToken)));
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
