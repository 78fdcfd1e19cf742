using Coracle.Linux;

namespace Coracle.Runtime;

// Further processes in the container.
internal sealed partial class MonitorLoop
{
    /// <summary>At once; each has two or three pipes here and up to 32 KiB of output on its way.</summary>
    private const int MostExecs = 256;

    /// <summary>Milliseconds without an exec, after which what they left of memory is given back.</summary>
    private const int TidyPause = 1_000;

    private const long Never = long.MaxValue;

    private readonly List<Exec> _execs = [];
    private long _tidyAt = Never;

    private void DoExec(Connection connection, MonitorOperation operation, uint sequence, ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        string id = reader.Text();
        if (operation == MonitorOperation.ExecCreate)
        {
            CreateExec(connection, sequence, id);
            return;
        }

        Exec exec = FindExec(id);
        switch (operation)
        {
            case MonitorOperation.ExecStart:
                if (!exec.TryStart(sequence))
                {
                    Refuse(connection, operation, sequence, Errno.EINVAL, "the exec was started before");
                }

                return;
            case MonitorOperation.ExecAttach:
                Attach(connection, operation, sequence, exec.Streams, (AttachedStreams)reader.Byte());
                return;
            case MonitorOperation.ExecWait:
                exec.Wait(connection, sequence);
                return;
            case MonitorOperation.ExecResize:
                exec.Streams.SetWindowSize(reader.UInt16(), reader.UInt16());
                break;
            default:
                exec.Signal(reader.Int32());
                break;
        }

        connection.Answer(operation, MonitorAnswer.Done, sequence, []);
    }

    /// <summary>Answered when the process stands before its execve.</summary>
    private void CreateExec(Connection connection, uint sequence, string id)
    {
        if (_phase != MonitorPhase.Running || _paused)
        {
            throw new LinuxException("exec", "container", Errno.ESRCH);
        }

        ExecSpec spec = ReadExecSpec(id);
        if (_execs.Count == MostExecs)
        {
            throw new LaunchFailedException(LaunchFailureKind.Other, "too many execs at once in this container");
        }

        var streams = new ProcessStreams(log: null, spec.Tty, closesOnce: true);
        try
        {
            using ProcessEnds ends = spec.Tty ? OpenExecTerminal(spec, streams) : streams.OpenPipes(spec.Stdin, spec.Stdout, spec.Stderr);
            var exec = new Exec(id, ExecProcess.Begin(spec, _process!, _cgroup!.PlacesBeside(_process!.Pid), ends), streams, connection);
            exec.Owe(sequence);
            _execs.Add(exec);
        }
        catch (IOException)
        {
            streams.Close();
            throw;
        }
    }

    private ProcessEnds OpenExecTerminal(ExecSpec spec, ProcessStreams streams)
    {
        TerminalPair terminal = ExecProcess.OpenTerminal(_process!.Pid);
        streams.OpenTerminal(terminal.Master, spec.Stdin);
        if (spec.Rows > 0)
        {
            streams.SetWindowSize(spec.Rows, spec.Columns);
        }

        return new ProcessEnds(terminal.Terminal, terminal.Terminal, terminal.Terminal);
    }

    private ExecSpec ReadExecSpec(string id)
    {
        string name = MonitorFiles.ExecPrefix + id;
        byte[] record = DurableFile.TryRead(_directory, name, LaunchSpecCodec.MostBytes) ?? throw new LinuxException("open", name, Errno.ENOENT);
        _ = _directory.RemoveIfPresent(name);
        try
        {
            return ExecSpecCodec.Decode(record);
        }
        catch (InvalidDataException damaged)
        {
            throw new LaunchFailedException(LaunchFailureKind.Other, damaged.Message);
        }
    }

    /// <exception cref="LinuxException">ESRCH: none such, or none any more.</exception>
    private Exec FindExec(string id)
    {
        for (int i = 0; i < _execs.Count; i++)
        {
            if (_execs[i].Id == id && _execs[i].Phase != ExecPhase.Gone)
            {
                return _execs[i];
            }
        }

        throw new LinuxException("exec", id, Errno.ESRCH);
    }

    private void FollowExecs()
    {
        for (int i = 0; i < _execs.Count; i++)
        {
            _execs[i].Follow();
        }
    }

    private void TakeExecEnd(int pid, WaitStatus status)
    {
        for (int i = 0; i < _execs.Count && !_execs[i].TakeEnd(pid, status); i++)
        {
        }
    }

    private void AdvanceExecs()
    {
        for (int i = _execs.Count - 1; i >= 0; i--)
        {
            _execs[i].Advance();
            if (_execs[i].Phase == ExecPhase.Gone)
            {
                _execs.RemoveAt(i);
                _tidyAt = Clock.MonotonicMilliseconds() + TidyPause;
            }
        }

        if (_execs.Count == 0 && _tidyAt != Never && Clock.MonotonicMilliseconds() >= _tidyAt)
        {
            // A monitor idles for months: what a few execs made of garbage is half its memory.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _tidyAt = Never;
        }
    }
}
