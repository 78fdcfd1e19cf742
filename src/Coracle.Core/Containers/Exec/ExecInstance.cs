using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>
/// One exec. Life: made by <see cref="ExecStore.Create"/>, which starts nothing → <see cref="StartAsync"/>, once → its end, after which
/// it is remembered for a while, since clients ask for the exit code when the output is over.
/// </summary>
/// <remarks>May be used from any thread. The process is the monitor's: an engine that ends leaves it running and forgets it, as Docker.</remarks>
public sealed class ExecInstance
{
    /// <summary>What an exec shows whose end could not be told: the container's monitor went, and with it every process.</summary>
    private const int Killed = 137;

    private const int NotFound = 127;
    private const int NotExecutable = 126;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TimeProvider _time;

    private readonly Lock _gate = new(); // guards the five below; nothing else is taken inside
    private DateTimeOffset _since;
    private int _pid;
    private IExecTask? _task;
    private bool _running;
    private int? _exitCode;

    internal ExecInstance(string id, Container container, ExecConfig config, TimeProvider time)
    {
        Id = id;
        Container = container;
        Config = config;
        _time = time;
        _since = time.GetUtcNow();
    }

    /// <summary>64 hex digits.</summary>
    public string Id { get; }

    public Container Container { get; }

    public ExecConfig Config { get; }

    /// <summary>When it was made; once it has ended, when that was: a session of an hour is asked about after its end.</summary>
    public DateTimeOffset Since
    {
        get
        {
            lock (_gate)
            {
                return _since;
            }
        }
    }

    public bool IsRunning
    {
        get
        {
            lock (_gate)
            {
                return _running;
            }
        }
    }

    /// <summary>Null before its end.</summary>
    public int? ExitCode
    {
        get
        {
            lock (_gate)
            {
                return _exitCode;
            }
        }
    }

    /// <summary>0 before there is a process; stays when it has ended.</summary>
    public int Pid
    {
        get
        {
            lock (_gate)
            {
                return _pid;
            }
        }
    }

    /// <summary>Completes when it has ended, or did not come to run. Never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Makes the process and lets it run; nothing cancels that: a client that goes leaves a process that runs, as with Docker.</summary>
    /// <param name="wish">Null for nobody: what it writes is read and dropped.</param>
    /// <param name="size">Of the terminal, instead of the one it was created with.</param>
    /// <returns>The client's streams, connected before the first byte, or null when nobody asked. The caller's to dispose.</returns>
    /// <exception cref="EngineException">In Docker's words: it ran before, its container does not run, it cannot be executed.</exception>
    public async Task<IAttachedStream?> StartAsync(AttachWish? wish, (int Height, int Width) size)
    {
        TakeStart();
        Container.PublishExec("exec_start: " + CommandText, Id);
        try
        {
            return await ReleaseAsync(await Container.CreateExecTaskAsync(this, size), wish);
        }
        catch (Exception failure)
        {
            throw TakeFailure(failure);
        }
    }

    /// <exception cref="EngineException">It does not run.</exception>
    public async Task ResizeAsync(int height, int width, CancellationToken cancellationToken)
    {
        IExecTask? task;
        lock (_gate)
        {
            task = _running ? _task : null;
        }

        if (task is null)
        {
            throw new EngineException(Refusal.NotFound, "no such exec");
        }

        await task.ResizeAsync(height, width, cancellationToken);
    }

    /// <summary>Nothing happens when it does not run.</summary>
    public async Task SignalAsync(Signal signal, CancellationToken cancellationToken)
    {
        IExecTask? task;
        lock (_gate)
        {
            task = _running ? _task : null;
        }

        try
        {
            await (task?.SignalAsync(signal.Number, cancellationToken) ?? Task.CompletedTask);
        }
        catch (IOException)
        {
            // It ended before the signal reached it.
        }
    }

    /// <summary>As events show it: the program, and what follows in one text.</summary>
    internal string CommandText => Config.Command[0] + " " + string.Join(' ', Config.Command.Where((_, i) => i > 0));

    private async Task<IAttachedStream?> ReleaseAsync(IExecTask task, AttachWish? wish)
    {
        IAttachedStream? stream = null;
        try
        {
            if (wish is not null)
            {
                stream = await task.AttachAsync(new AttachOptions(wish.Stdin, wish.Stdout, wish.Stderr), CancellationToken.None);
            }

            lock (_gate)
            {
                _task = task;
                _pid = task.Pid;
            }

            await task.StartAsync(CancellationToken.None);
            Container.Keep(FollowAsync(task));
            return stream;
        }
        catch
        {
            stream?.Dispose();
            await task.AbandonAsync();
            throw;
        }
    }

    private async Task FollowAsync(IExecTask task)
    {
        int code = Killed;
        try
        {
            code = await task.Exited.WaitAsync(Container.Lifetime);
        }
        catch (IOException)
        {
            // The monitor is gone, and the container with it.
        }

        End(code);
        Container.PublishExec("exec_die", Id, code);
    }

    private void TakeStart()
    {
        lock (_gate)
        {
            if (_running || _exitCode is not null)
            {
                throw new EngineException(
                    Refusal.Conflict, $"Error: Exec command {Id} {(_running ? "is already running" : "has already run")}");
            }

            _running = true;
        }
    }

    private EngineException TakeFailure(Exception failure)
    {
        (int code, EngineException told) = StartFailure.Explain(failure);
        lock (_gate)
        {
            _pid = 0;
        }

        End(code == NotFound ? NotFound : NotExecutable);
        return told;
    }

    private void End(int code)
    {
        lock (_gate)
        {
            _running = false;
            _task = null; // what is remembered is small
            _exitCode = code;
            _since = _time.GetUtcNow();
        }

        _ended.TrySetResult();
    }
}
