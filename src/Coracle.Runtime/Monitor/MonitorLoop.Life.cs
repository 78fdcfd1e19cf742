using Coracle.Linux;

namespace Coracle.Runtime;

// From the launch record to the exit record.
internal sealed partial class MonitorLoop
{
    /// <summary>Of a process that SIGKILL ended.</summary>
    private const int KilledCode = 128 + SignalKill;

    private ContainerCgroup? _cgroup;
    private PreparedProcess? _process;
    private ProcessStreams? _streams;
    private JsonLog? _log;
    private long _startedAt;
    private bool _paused;
    private int _exitCode;
    private long _finishedAt;
    private long _endedAt;
    private bool _reported;
    private bool _oomKilled;
    private ExitFacts _exit;

    private void Create()
    {
        try
        {
            LaunchSpec spec = ReadSpec();
            _log = spec.Log.Path.Length > 0 ? new JsonLog(spec.Log) : null;
            _streams = new ProcessStreams(_log, spec.Stdio.Tty, spec.Stdio.StdinOnce);
            _cgroup = ContainerCgroup.Create(spec.Resources);
            MakeProcess(spec);
            _phase = MonitorPhase.Created;
        }
        catch (IOException failure)
        {
            Abandon();
            throw failure as LaunchFailedException ?? new LaunchFailedException(LaunchFailureKind.Other, failure.Message);
        }
    }

    private void Start()
    {
        try
        {
            _process!.Release();
        }
        catch (LaunchFailedException)
        {
            Abandon();
            throw;
        }

        _startedAt = Clock.UnixNanoseconds();
        _phase = MonitorPhase.Running;
    }

    private LaunchSpec ReadSpec()
    {
        byte[] record = DurableFile.TryRead(_directory, MonitorFiles.Launch, LaunchSpecCodec.MostBytes)
            ?? throw new LinuxException("open", MonitorFiles.Launch, Errno.ENOENT);
        try
        {
            return LaunchSpecCodec.Decode(record);
        }
        catch (InvalidDataException damaged)
        {
            throw new LaunchFailedException(LaunchFailureKind.Other, damaged.Message);
        }
    }

    private void MakeProcess(LaunchSpec spec)
    {
        if (spec.Stdio.Tty)
        {
            _process = ContainerProcess.Prepare(spec, new LaunchSurroundings { Cgroups = _cgroup!.Places });
            _streams!.OpenTerminal(_process.Terminal!, spec.Stdio.OpenStdin);
            return;
        }

        using ProcessEnds ends = _streams!.OpenPipes(spec.Stdio.OpenStdin, stdout: true, stderr: true);
        _process = ContainerProcess.Prepare(
            spec,
            new LaunchSurroundings { Cgroups = _cgroup!.Places, Stdin = ends.Stdin, Stdout = ends.Stdout, Stderr = ends.Stderr });
    }

    private void ReapChildren()
    {
        // Each says who it is before it can end, and only then may its number become free.
        FollowExecs();
        int pid;
        while ((pid = ChildReaper.ReapAny(out WaitStatus status)) > 0)
        {
            if (pid == _process?.Pid && _phase is MonitorPhase.Created or MonitorPhase.Running)
            {
                _exitCode = status.ExitCode;
                _finishedAt = Clock.UnixNanoseconds();
                _endedAt = Clock.MonotonicMilliseconds();
                _phase = MonitorPhase.Ended;
                _oomKilled = _cgroup is not null && _cgroup.SawOomKill(_exitCode == KilledCode && !_killed); // at once: see there
                _cgroup?.KillAll(); // with --pid host the others live on
            }
            else
            {
                TakeExecEnd(pid, status);
            }
        }
    }

    /// <summary>The exit is told when all output has been read, or when waiting for that has taken long enough.</summary>
    private void FinishEnd()
    {
        long waited = Clock.MonotonicMilliseconds() - _endedAt;
        if (!_reported && _streams!.IsDrained(waited))
        {
            Report();
        }

        if (_reported && _streams!.IsOver(waited))
        {
            _streams.LetGo(); // its clients need not wait for what an exec still has to say
            if (_execs.Count == 0 || waited >= ProcessStreams.LeaveLimit)
            {
                Leave();
            }
        }
    }

    /// <summary>First kept, then told: an engine that dies after hearing it finds it again.</summary>
    private void Report()
    {
        _oomKilled |= _cgroup is not null && _cgroup.SawOomKill(killedByUnknown: false); // of those that outlived it
        string error = "";
        try
        {
            _cgroup?.Remove();
        }
        catch (LinuxException failure)
        {
            error = failure.Message;
        }

        _exit = new ExitFacts(_exitCode, _finishedAt, _oomKilled, monitorLost: false, error);
        try
        {
            ExitRecordFile.Write(_directory, _exit);
        }
        catch (IOException)
        {
            // exec-root is full or gone: an engine that is connected still learns it, and no other can.
        }

        _reported = true;
        for (int i = 0; i < _connections.Count; i++)
        {
            TellExit(_connections[i]);
        }
    }

    private void TellExit(Connection connection)
    {
        if (_reported && connection.Waiting is { } sequence)
        {
            var answer = new RecordWriter();
            _exit.Encode(answer);
            connection.Answer(MonitorOperation.Wait, MonitorAnswer.Done, sequence, answer.Written);
            connection.Waiting = null;
        }
    }

    /// <summary>It never ran, so there is nothing to tell and nobody to tell it to.</summary>
    private void Abandon()
    {
        _process?.Dispose();
        _streams?.Close();
        try
        {
            _cgroup?.KillAll();
            _cgroup?.Remove();
        }
        catch (LinuxException)
        {
            // An empty cgroup stays; the container's next start uses it again.
        }

        _ = _directory.RemoveIfPresent(MonitorFiles.Launch); // without it nobody takes us for one that was killed

        Leave();
    }

    private void Leave()
    {
        _log?.Dispose();
        _ = _directory.RemoveIfPresent(MonitorFiles.Socket);
        _phase = MonitorPhase.Leaving;
    }
}
