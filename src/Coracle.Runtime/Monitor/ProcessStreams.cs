using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The streams of one process, the container's first or an exec's, and the clients that are attached to them.</summary>
/// <param name="closesOnce">Standard input ends with the first client that ends its own.</param>
internal sealed class ProcessStreams(JsonLog? log, bool tty, bool closesOnce)
{
    /// <summary>How long after the process has ended a stray holder of its pipes delays the report, in milliseconds; as dockerd.</summary>
    public const int DrainLimit = 2_000;

    /// <summary>How long clients that do not read may keep the monitor after that, in milliseconds.</summary>
    public const int LeaveLimit = 12_000;

    private readonly ConnectionSet _clients = new();
    private readonly InputPump _input = new(closesOnce);
    private OutputPump? _output;
    private Descriptor? _terminal;

    /// <summary>Nothing more will come, and every client has what came.</summary>
    public bool IsAtEnd => Output.IsAtEnd;

    public bool IsStalled => Output.IsStalled;

    /// <summary>When something is to be done though nothing happens, in monotonic milliseconds.</summary>
    public long Deadline => IsStalled ? Output.StallDeadline : long.MaxValue;

    private OutputPump Output => _output ??= new OutputPump(_clients, log, tty);

    /// <summary>Three pipes; those that are not wanted are /dev/null.</summary>
    /// <returns>The process's ends, the caller's to close.</returns>
    public ProcessEnds OpenPipes(bool stdin, bool stdout, bool stderr)
    {
        SafeFileHandle input = MakeInput(stdin);
        Descriptor? fromStdout = MakeOutput(stdout, out SafeFileHandle output);
        Descriptor? fromStderr = MakeOutput(stderr, out SafeFileHandle error);
        Output.Open(fromStdout, fromStderr);
        return new ProcessEnds(input, output, error);
    }

    /// <param name="master">Owned from now on.</param>
    public void OpenTerminal(SafeFileHandle master, bool stdin)
    {
        _terminal = Descriptor.Adopt(master);
        Output.Open(_terminal, stderr: null);
        if (stdin)
        {
            _input.Open(_terminal, terminal: true);
        }
    }

    /// <summary>Nothing happens without a terminal.</summary>
    public void SetWindowSize(int rows, int columns) => _terminal?.SetWindowSize(rows, columns);

    /// <summary>From here on the connection is this process's streams.</summary>
    public void Attach(Connection client, AttachedStreams streams)
    {
        streams &= AttachedStreams.Stdin | AttachedStreams.Stdout | AttachedStreams.Stderr;
        client.Attached = _input.Exists ? streams : streams & ~AttachedStreams.Stdin;
        client.IsAttached = true;
        _clients.Add(client);
    }

    /// <inheritdoc cref="OutputPump.SendUnfinished(Connection)"/>
    public bool SendUnfinished(Connection client) => Output.SendUnfinished(client);

    public void Arrange(Poller poller)
    {
        Output.Arrange(poller);
        _input.Arrange(poller);
        for (int i = 0; i < _clients.Count; i++)
        {
            Connection client = _clients[i];

            // A client whose input has to wait is not watched at all, or its going would wake us for ever; one whose input has ended is
            // watched for nothing else.
            bool takesInput = !client.InputEnded && (!client.WantsInput || _input.IsIdle);
            PollInterest interest = (takesInput ? PollInterest.Read : PollInterest.None) | (client.IsBehind ? PollInterest.Write : PollInterest.None);
            client.Slot = interest == PollInterest.None && !client.InputEnded ? Connection.NoSlot : poller.Add(client.Socket, interest);
        }
    }

    public void Serve(Poller poller)
    {
        Output.Serve(poller);
        _input.Serve(poller);
        for (int i = 0; i < _clients.Count; i++)
        {
            if (_clients[i].Slot != Connection.NoSlot && !_clients[i].IsClosed)
            {
                Serve(_clients[i], poller);
            }
        }
    }

    /// <summary>What follows from the state things are in now.</summary>
    public void Advance()
    {
        if (IsStalled && Clock.MonotonicMilliseconds() >= Output.StallDeadline)
        {
            Output.CutStalled();
        }

        _clients.RemoveClosed();
        Output.Push(); // one that has gone may have been what the rest waited for
    }

    /// <summary>The process has ended: reads what is in the pipes. True when that was all, or when it has taken long enough.</summary>
    /// <param name="waited">Milliseconds since the end.</param>
    public bool IsDrained(long waited)
    {
        Output.Drain();
        return IsAtEnd || waited >= DrainLimit;
    }

    /// <summary>The end was told: true when every client has its output, or has had its time.</summary>
    /// <inheritdoc cref="IsDrained"/>
    public bool IsOver(long waited)
    {
        Output.Drain();
        if (!IsAtEnd && !IsStalled && waited >= DrainLimit)
        {
            Output.Close(); // somebody outside holds the other end; nobody will read it
        }

        return IsAtEnd || waited >= LeaveLimit;
    }

    /// <summary>Whoever still holds the other ends, nobody reads or writes them any more.</summary>
    public void Close()
    {
        Output.Close();
        _input.Close();
        _terminal?.Dispose();
    }

    /// <summary>To the clients, the end of output.</summary>
    public void LetGo()
    {
        for (int i = 0; i < _clients.Count; i++)
        {
            _clients[i].Dispose();
        }
    }

    private void Serve(Connection client, Poller poller)
    {
        if (client.IsBehind && poller.CanWrite(client.Slot))
        {
            Output.Push();
        }

        if (client.IsClosed || !poller.CanRead(client.Slot))
        {
            return;
        }

        if (client.InputEnded)
        {
            if (poller.HungUp(client.Slot))
            {
                client.Dispose();
            }
        }
        else if (!client.WantsInput || _input.IsIdle)
        {
            TakeInput(client);
        }
    }

    private void TakeInput(Connection client)
    {
        if (!client.WantsInput)
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

    private SafeFileHandle MakeInput(bool open)
    {
        if (!open)
        {
            return ThisProcess.DuplicateStream(0); // /dev/null, as we were started
        }

        Descriptor.CreatePipe(out Descriptor childStdin, out Descriptor stdin);
        _input.Open(stdin, terminal: false);
        return childStdin.ToHandle();
    }

    private static Descriptor? MakeOutput(bool open, out SafeFileHandle child)
    {
        if (!open)
        {
            child = ThisProcess.DuplicateStream(0);
            return null;
        }

        Descriptor.CreatePipe(out Descriptor reading, out Descriptor writing);
        child = writing.ToHandle();
        return reading;
    }
}
