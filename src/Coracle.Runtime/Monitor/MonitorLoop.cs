using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// A monitor: one thread, one poll loop, one container. It holds the container's streams, writes its log, answers the engine (this one
/// and any later one), and keeps how it ended.
/// </summary>
internal sealed partial class MonitorLoop : IDisposable
{
    /// <summary>Signals, listener, three streams, and a few clients.</summary>
    private const int UsualSlots = 8;

    private readonly DirectoryHandle _directory;
    private readonly ConnectionSet _connections = new();
    private readonly Poller _poller = new(UsualSlots);
    private readonly ChildSignals _children = new();
    private readonly LocalListener _listener;
    private MonitorPhase _phase;

    /// <param name="directory">The container's directory in exec-root.</param>
    /// <param name="engine">The connection of the engine that started us.</param>
    public MonitorLoop(DirectoryHandle directory, Descriptor engine)
    {
        _directory = directory;
        _listener = LocalListener.Bind(directory, MonitorFiles.Socket);
        _connections.Add(new Connection(engine));
    }

    public void Run()
    {
        while (_phase != MonitorPhase.Leaving)
        {
            Arrange(out int signals, out int listener);
            _poller.Wait(Timeout());
            Serve(signals, listener);
            Advance();
        }
    }

    public void Dispose()
    {
        _children.Dispose();
        _listener.Dispose();
        _process?.Dispose();
        _log?.Dispose();
    }

    private void Arrange(out int signals, out int listener)
    {
        _poller.Clear();
        signals = _poller.Add(_children.Source, PollInterest.Read);
        listener = _poller.Add(_listener.Socket, PollInterest.Read);
        _streams?.Arrange(_poller);
        for (int i = 0; i < _execs.Count; i++)
        {
            _execs[i].Arrange(_poller);
        }

        for (int i = 0; i < _connections.Count; i++)
        {
            _connections[i].Slot = _poller.Add(_connections[i].Socket, PollInterest.Read);
        }
    }

    private void Serve(int signals, int listener)
    {
        _streams?.Serve(_poller);
        for (int i = 0; i < _execs.Count; i++)
        {
            _execs[i].Serve(_poller);
        }

        int count = _connections.Count; // those accepted below have no slot yet
        for (int i = 0; i < count; i++)
        {
            Connection connection = _connections[i];
            if (!connection.IsClosed && _poller.CanRead(connection.Slot))
            {
                connection.Receive();
                AnswerRequests(connection);
            }
        }

        if (_poller.CanRead(signals))
        {
            _children.Drain();
            ReapChildren();
        }

        if (_poller.CanRead(listener))
        {
            Accept();
        }
    }

    private void Accept()
    {
        while (_listener.TryAccept() is { } socket)
        {
            // The directory is root's alone; this is for the day when somebody changes that.
            if (socket.PeerIs(ThisProcess.UserId))
            {
                _connections.Add(new Connection(socket));
            }
            else
            {
                socket.Dispose();
            }
        }
    }

    private int Timeout()
    {
        long deadline = _streams is null ? long.MaxValue : _streams.Deadline;
        for (int i = 0; i < _execs.Count; i++)
        {
            deadline = Math.Min(deadline, _execs[i].Deadline);
        }

        if (_execs.Count == 0)
        {
            deadline = Math.Min(deadline, _tidyAt);
        }

        if (_phase == MonitorPhase.Ended)
        {
            deadline = Math.Min(deadline, _endedAt + (_reported ? ProcessStreams.LeaveLimit : ProcessStreams.DrainLimit));
        }

        return deadline == long.MaxValue ? -1 : (int)Math.Max(deadline - Clock.MonotonicMilliseconds(), 0);
    }

    /// <summary>What follows from the state things are in now.</summary>
    private void Advance()
    {
        _streams?.Advance();
        AdvanceExecs();
        _connections.RemoveClosed(attachedToo: true);
        switch (_phase)
        {
            case MonitorPhase.Fresh or MonitorPhase.Created when !_connections.HasEngine():
                Abandon();
                break;
            case MonitorPhase.Ended:
                FinishEnd();
                break;
        }
    }
}
