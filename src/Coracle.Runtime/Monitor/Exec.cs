using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>One exec as its monitor keeps it: the process, its streams, and how it ended until that was told.</summary>
/// <param name="owner">The connection that asked for it: without it nothing is started, and nobody asks how it ended.</param>
internal sealed class Exec(string id, ExecProcess process, ProcessStreams streams, Connection owner)
{
    private uint _owed;
    private Connection? _waiter;
    private uint _waiting;
    private int _exitCode;
    private long _endedAt;
    private bool _reported;
    private bool _told;
    private int _slot = Connection.NoSlot;

    public string Id { get; } = id;

    public ExecPhase Phase { get; private set; }

    public ProcessStreams Streams { get; } = streams;

    /// <summary>When something is to be done though nothing happens, in monotonic milliseconds.</summary>
    public long Deadline
        => Phase == ExecPhase.Ended && !IsOver
            ? Math.Min(Streams.Deadline, _endedAt + (_reported ? ProcessStreams.LeaveLimit : ProcessStreams.DrainLimit))
            : Streams.Deadline;

    private bool IsOver { get; set; }

    private bool IsOnItsWay => Phase is ExecPhase.Entering or ExecPhase.Ready or ExecPhase.Starting;

    /// <param name="sequence">Of the request that is answered once it is <see cref="ExecPhase.Ready"/>.</param>
    public void Owe(uint sequence) => _owed = sequence;

    public void Arrange(Poller poller)
    {
        _slot = IsOnItsWay ? poller.Add(process.Status, PollInterest.Read) : Connection.NoSlot;
        Streams.Arrange(poller);
    }

    public void Serve(Poller poller)
    {
        if (_slot != Connection.NoSlot && poller.CanRead(_slot))
        {
            Follow();
        }

        Streams.Serve(poller);
    }

    /// <summary>Takes what the process has said since.</summary>
    public void Follow()
    {
        try
        {
            LaunchProgress news = LaunchProgress.Inside;
            while (IsOnItsWay && news != LaunchProgress.OnItsWay)
            {
                news = process.Advance();
                Take(news);
            }
        }
        catch (LaunchFailedException failure)
        {
            Fail(failure);
        }
    }

    /// <param name="sequence">Of the request that is answered when it has executed.</param>
    public bool TryStart(uint sequence)
    {
        if (Phase != ExecPhase.Ready)
        {
            return false;
        }

        Owe(sequence);
        Phase = ExecPhase.Starting;
        process.Go();
        return true;
    }

    /// <exception cref="LinuxException">ESRCH: it has ended.</exception>
    public void Signal(int signal) => ProcessSignal.Send(process.PidFd, signal);

    public void Wait(Connection connection, uint sequence)
    {
        _waiter = connection;
        _waiting = sequence;
        Tell();
    }

    /// <summary>A child of ours has ended.</summary>
    /// <returns>Whether it was this one.</returns>
    public bool TakeEnd(int pid, WaitStatus status)
    {
        if (Phase is ExecPhase.Ended or ExecPhase.Gone || process.Pid != pid)
        {
            return false;
        }

        // Said before it ended, but perhaps after all were followed: with 64 at once on a slow machine the helper's end came first.
        Follow();
        if (Phase == ExecPhase.Gone || process.Pid != pid)
        {
            return true; // a failure, told in its own words; or the helper, which has named who walks on
        }

        switch (Phase)
        {
            case ExecPhase.Entering or ExecPhase.Ready:
                Fail(LaunchWords.ExecFailure(new LinuxException("launch", "the process was killed", Errno.ECHILD)));
                return true;
            case ExecPhase.Starting:
                Take(LaunchProgress.Executed); // or nearly
                break;
        }

        Phase = ExecPhase.Ended;
        _exitCode = status.ExitCode;
        _endedAt = Clock.MonotonicMilliseconds();
        return true;
    }

    /// <summary>What follows from the state things are in now.</summary>
    public void Advance()
    {
        Streams.Advance();
        if (Phase is ExecPhase.Entering or ExecPhase.Ready && owner.IsClosed)
        {
            Abandon();
        }

        if (Phase == ExecPhase.Ended)
        {
            FinishEnd();
        }
    }

    /// <summary>Nothing is left of it here; one that has executed runs on.</summary>
    public void Abandon()
    {
        process.Dispose();
        Streams.Close();
        Streams.LetGo();
        Phase = ExecPhase.Gone;
        if (!_told && _waiter is not null)
        {
            MonitorLoop.Refuse(_waiter, MonitorOperation.ExecWait, _waiting, Errno.ESRCH, "the exec never ran");
        }
    }

    private void Fail(LaunchFailedException failure)
    {
        MonitorLoop.TellFailure(owner, Phase == ExecPhase.Entering ? MonitorOperation.ExecCreate : MonitorOperation.ExecStart, _owed, failure);
        Abandon();
    }

    private void Take(LaunchProgress news)
    {
        if (news == LaunchProgress.Ready)
        {
            Phase = ExecPhase.Ready;
            var answer = new RecordWriter();
            answer.Int32(process.Pid);
            owner.Answer(MonitorOperation.ExecCreate, MonitorAnswer.Done, _owed, answer.Written);
        }
        else if (news == LaunchProgress.Executed)
        {
            Phase = ExecPhase.Running;
            owner.Answer(MonitorOperation.ExecStart, MonitorAnswer.Done, _owed, []);
        }
    }

    /// <summary>As with the container's own process: told when all output was read, or when waiting for that has taken long enough.</summary>
    private void FinishEnd()
    {
        long waited = Clock.MonotonicMilliseconds() - _endedAt;
        if (!_reported && Streams.IsDrained(waited))
        {
            _reported = true;
            Tell();
        }

        if (_reported && Streams.IsOver(waited))
        {
            Streams.LetGo();
            IsOver = true;
        }

        if (IsOver && (_told || owner.IsClosed))
        {
            Abandon();
        }
    }

    private void Tell()
    {
        if (_reported && _waiter is not null)
        {
            var answer = new RecordWriter();
            answer.Int32(_exitCode);
            _waiter.Answer(MonitorOperation.ExecWait, MonitorAnswer.Done, _waiting, answer.Written);
            _told = true;
        }
    }
}
