using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

// From the launch record to the exit record.
internal sealed partial class MonitorLoop
{
    private ContainerCgroup? _cgroup;
    private PreparedProcess? _process;
    private OutputPump? _output;
    private InputPump? _input;
    private Descriptor? _terminal;
    private JsonLog? _log;
    private long _startedAt;
    private bool _paused;
    private int _exitCode;
    private long _finishedAt;
    private long _endedAt;
    private bool _reported;
    private ExitFacts _exit;

    private void Create()
    {
        try
        {
            LaunchSpec spec = ReadSpec();
            _log = spec.Log.Path.Length > 0 ? new JsonLog(spec.Log) : null;
            _output = new OutputPump(_connections, _log, spec.Stdio.Tty);
            _input = new InputPump(spec.Stdio.StdinOnce);
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
            _terminal = Descriptor.Adopt(_process.Terminal!);
            _output!.Open(_terminal, stderr: null);
            if (spec.Stdio.OpenStdin)
            {
                _input!.Open(_terminal, terminal: true);
            }

            return;
        }

        using SafeFileHandle stdin = MakeInput(spec.Stdio.OpenStdin);
        Descriptor.CreatePipe(out Descriptor stdout, out Descriptor childStdout);
        Descriptor.CreatePipe(out Descriptor stderr, out Descriptor childStderr);
        _output!.Open(stdout, stderr);
        using SafeFileHandle stdoutHandle = childStdout.ToHandle();
        using SafeFileHandle stderrHandle = childStderr.ToHandle();
        _process = ContainerProcess.Prepare(
            spec,
            new LaunchSurroundings { Cgroups = _cgroup!.Places, Stdin = stdin, Stdout = stdoutHandle, Stderr = stderrHandle });
    }

    private SafeFileHandle MakeInput(bool open)
    {
        if (!open)
        {
            return ThisProcess.DuplicateStream(0); // /dev/null, as we were started
        }

        Descriptor.CreatePipe(out Descriptor childStdin, out Descriptor stdin);
        _input!.Open(stdin, terminal: false);
        return childStdin.ToHandle();
    }

    private void ReapChildren()
    {
        int pid;
        while ((pid = ChildReaper.ReapAny(out WaitStatus status)) > 0)
        {
            if (pid == _process?.Pid && _phase is MonitorPhase.Created or MonitorPhase.Running)
            {
                _exitCode = status.ExitCode;
                _finishedAt = Clock.UnixNanoseconds();
                _endedAt = Clock.MonotonicMilliseconds();
                _phase = MonitorPhase.Ended;
                _cgroup?.KillAll(); // with --pid host the others live on
            }
        }
    }

    /// <summary>The exit is told when all output has been read, or when waiting for that has taken long enough.</summary>
    private void FinishEnd()
    {
        _output?.Drain();
        long waited = Clock.MonotonicMilliseconds() - _endedAt;
        if (!_reported && (_output is null || _output.IsAtEnd || waited >= DrainLimit))
        {
            Report();
        }

        if (_reported && _output is { IsAtEnd: false, IsStalled: false } && waited >= DrainLimit)
        {
            _output.Close(); // somebody outside holds the other end; nobody will read it
        }

        if (_reported && (_output is null || _output.IsAtEnd || waited >= LeaveLimit))
        {
            Leave();
        }
    }

    /// <summary>First kept, then told: an engine that dies after hearing it finds it again.</summary>
    private void Report()
    {
        bool oomKilled = _cgroup is not null && _cgroup.ReadOomKills() > 0;
        string error = "";
        try
        {
            _cgroup?.Remove();
        }
        catch (LinuxException failure)
        {
            error = failure.Message;
        }

        _exit = new ExitFacts(_exitCode, _finishedAt, oomKilled, monitorLost: false, error);
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
        _output?.Close();
        _input?.Close();
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
