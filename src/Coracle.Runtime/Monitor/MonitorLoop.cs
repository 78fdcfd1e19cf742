using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// A monitor: one thread, one poll loop, one container. It holds the container's streams, writes its log, answers the engine (this one
/// and any later one), and keeps how it ended.
/// </summary>
internal sealed partial class MonitorLoop : IDisposable
{
    /// <summary>How long after the process has ended a stray holder of its pipes delays the report, in milliseconds; as dockerd.</summary>
    private const int DrainLimit = 2_000;

    /// <summary>How long clients that do not read may keep the monitor after that, in milliseconds.</summary>
    private const int LeaveLimit = 12_000;

    /// <summary>Signals, listener, output, error, input.</summary>
    private const int OwnSlots = 5;

    private const int NoSlot = -1;

    private readonly DirectoryHandle _directory;
    private readonly ConnectionSet _connections = new();
    private readonly Poller _poller = new(OwnSlots + ConnectionSet.Most);
    private readonly ChildSignals _children = new();
    private readonly LocalListener _listener;
    private readonly int[] _slots = new int[ConnectionSet.Most];
    private MonitorPhase _phase;

    /// <param name="directory">The container's directory in exec-root.</param>
    /// <param name="engine">The connection of the engine that started us.</param>
    public MonitorLoop(DirectoryHandle directory, Descriptor engine)
    {
        _directory = directory;
        _listener = LocalListener.Bind(directory, MonitorFiles.Socket);
        _connections.Add(engine);
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
        _output?.Arrange(_poller);
        _input?.Arrange(_poller);
        for (int i = 0; i < _connections.Count; i++)
        {
            _slots[i] = Arrange(_connections[i]);
        }
    }

    private int Arrange(Connection connection)
    {
        if (!connection.IsAttached)
        {
            return _poller.Add(connection.Socket, PollInterest.Read);
        }

        // A client whose input has to wait is not watched at all, or its going would wake us for ever; one whose input has ended is
        // watched for nothing else.
        bool takesInput = !connection.InputEnded && (!connection.WantsInput || _input is null || _input.IsIdle);
        PollInterest interest = (takesInput ? PollInterest.Read : PollInterest.None) | (connection.IsBehind ? PollInterest.Write : PollInterest.None);
        return interest == PollInterest.None && !connection.InputEnded ? NoSlot : _poller.Add(connection.Socket, interest);
    }

    private void Serve(int signals, int listener)
    {
        _output?.Serve(_poller);
        _input?.Serve(_poller);
        int count = _connections.Count; // those accepted below have no slot yet
        for (int i = 0; i < count; i++)
        {
            if (_slots[i] != NoSlot && !_connections[i].IsClosed)
            {
                Serve(_connections[i], _slots[i]);
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

    private void Serve(Connection connection, int slot)
    {
        if (connection.IsAttached)
        {
            ServeAttached(connection, slot);
        }
        else if (_poller.CanRead(slot))
        {
            connection.Receive();
            AnswerRequests(connection);
        }
    }

    private void ServeAttached(Connection client, int slot)
    {
        if (client.IsBehind && _poller.CanWrite(slot))
        {
            _output?.Push();
        }

        if (client.IsClosed || !_poller.CanRead(slot))
        {
            return;
        }

        if (client.InputEnded)
        {
            if (_poller.HungUp(slot))
            {
                client.Dispose();
            }
        }
        else if (_input is null || !client.WantsInput || _input.IsIdle)
        {
            TakeInput(client);
        }
    }

    private void TakeInput(Connection client)
    {
        if (!client.WantsInput || _input is null)
        {
            client.DiscardInput();
        }
        else if (!_input.Take(client))
        {
            client.InputEnded = true;
            if (!_input.ClientEnded())
            {
                client.Dispose(); // Docker: "No matter what, when stdin is closed, close stdout and stderr"
            }
        }
    }

    private void Accept()
    {
        while (_listener.TryAccept() is { } socket)
        {
            // The directory is root's alone; this is for the day when somebody changes that.
            if (socket.PeerIs(ThisProcess.UserId))
            {
                _connections.Add(socket);
            }
            else
            {
                socket.Dispose();
            }
        }
    }

    private int Timeout()
    {
        long deadline = long.MaxValue;
        if (_output is { IsStalled: true })
        {
            deadline = _output.StallDeadline;
        }

        if (_phase == MonitorPhase.Ended)
        {
            deadline = Math.Min(deadline, _reported ? _endedAt + LeaveLimit : _endedAt + DrainLimit);
        }

        return deadline == long.MaxValue ? -1 : (int)Math.Max(deadline - Clock.MonotonicMilliseconds(), 0);
    }

    /// <summary>What follows from the state things are in now.</summary>
    private void Advance()
    {
        if (_output is { IsStalled: true } && Clock.MonotonicMilliseconds() >= _output.StallDeadline)
        {
            _output.CutStalled();
        }

        _connections.RemoveClosed();
        _output?.Push(); // one that has gone may have been what the rest waited for
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
