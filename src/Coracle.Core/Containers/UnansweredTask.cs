using System.Net.Sockets;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// The process of a container whose monitor lives and did not answer when the engine started: it is asked again until it does or is gone.
/// Until then every verb says so, and nothing is decided about the container.
/// </summary>
internal sealed class UnansweredTask : IContainerTask
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly ContainerEnvironment _environment;
    private readonly string _id;
    private readonly CancellationTokenSource _stop = new();
    private volatile IContainerTask? _found;
    private volatile bool _isGone;

    /// <param name="record">Says when it was started.</param>
    /// <param name="finding">The first attempt, still under way.</param>
    public UnansweredTask(ContainerEnvironment environment, ContainerRecord record, Task<IContainerTask?> finding)
    {
        _environment = environment;
        _id = record.Id;
        StartedAt = record.StartedAt ?? record.Created;
        Answered = AskAgainAsync(finding);
        Exited = ExitAsync();
    }

    /// <summary>Completes with the process, or with null when the monitor is gone; what it left is to be read then.</summary>
    public Task<IContainerTask?> Answered { get; }

    public int Pid => _found?.Pid ?? 0;

    public DateTimeOffset StartedAt { get; }

    public bool IsStarted => true;

    public bool IsPaused => _found?.IsPaused ?? false;

    public Task<ExitRecord> Exited { get; }

    public Task StartAsync(CancellationToken cancellationToken) => Found.StartAsync(cancellationToken);

    public Task SignalAsync(int signal, CancellationToken cancellationToken) => Found.SignalAsync(signal, cancellationToken);

    public Task PauseAsync(CancellationToken cancellationToken) => Found.PauseAsync(cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => Found.ResumeAsync(cancellationToken);

    public Task ResizeAsync(int height, int width, CancellationToken cancellationToken) => Found.ResizeAsync(height, width, cancellationToken);

    public Task<IAttachedStream> AttachAsync(AttachOptions options, CancellationToken cancellationToken)
        => Found.AttachAsync(options, cancellationToken);

    public Task<bool> IsRunningAsync(CancellationToken cancellationToken) => Found.IsRunningAsync(cancellationToken);

    public Task<IExecTask> CreateExecAsync(string id, ExecSpec spec, CancellationToken cancellationToken)
        => Found.CreateExecAsync(id, spec, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Answered).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (_found?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stop.Dispose();
    }

    private IContainerTask Found => _found ?? (_isGone
        ? throw new IOException("the container's monitor is gone")
        : throw new EngineException(
            Refusal.Failed, "the container's monitor has not answered since the engine started: is it stopped, or does the disk of its log hang?"));

    private async Task<IContainerTask?> AskAgainAsync(Task<IContainerTask?> finding)
    {
        for (Task<IContainerTask?> attempt = finding; ; attempt = _environment.Runtime.FindAsync(_id, _stop.Token))
        {
            try
            {
                _found = await attempt.WaitAsync(_stop.Token);
                _isGone = _found is null;
                return _found;
            }
            catch (Exception e) when (e is EngineException or IOException or InvalidDataException or SocketException)
            {
                await Task.Delay(_pause, _environment.Time, _stop.Token);
            }
        }
    }

    private async Task<ExitRecord> ExitAsync() => await Answered is IContainerTask found
        ? await found.Exited
        : _environment.Runtime.TryReadExit(_id)
            ?? new ExitRecord(ContainerRecovery.CutOff, _environment.Time.GetUtcNow(), OomKilled: false, "", MonitorLost: true);
}
