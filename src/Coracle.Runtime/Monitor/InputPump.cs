using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// From attached clients to the container's standard input: one buffer for all of them, read again only when it has been written.
/// </summary>
/// <param name="closesOnce">Standard input ends with the first client that ends its own (Docker's StdinOnce; never with a tty).</param>
internal sealed class InputPump(bool closesOnce)
{
    private const int BufferBytes = 4096; // PIPE_BUF: what is read at once is written at once

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private Descriptor? _target;
    private bool _terminal;
    private bool _closing;
    private int _slot;

    /// <summary>The container has a standard input, or had one.</summary>
    public bool Exists { get; private set; }

    /// <summary>Room for a client's next bytes.</summary>
    public bool IsIdle => _start == _end;

    /// <param name="terminal">The descriptor is the output's too: it is never closed here.</param>
    public void Open(Descriptor target, bool terminal)
    {
        target.SetNonBlocking();
        _target = target;
        _terminal = terminal;
        Exists = true;
    }

    public void Arrange(Poller poller)
    {
        // A pipe is watched without anything to write too, to learn that the container has closed its end.
        bool watched = _target is { IsClosed: false } && (!IsIdle || !_terminal);
        _slot = watched ? poller.Add(_target!, IsIdle ? PollInterest.None : PollInterest.Write) : -1;
    }

    public void Serve(Poller poller)
    {
        if (_slot < 0 || _target is null)
        {
            return;
        }

        if (!IsIdle && poller.CanWrite(_slot))
        {
            Write();
        }
        else if (IsIdle && poller.HungUp(_slot))
        {
            Close();
        }
    }

    /// <summary>Takes what one client sends; call only while <see cref="IsIdle"/>.</summary>
    /// <returns>False at the end of its input.</returns>
    public bool Take(Connection client)
    {
        if (_buffer.Length == 0)
        {
            _buffer = new byte[BufferBytes];
        }

        IoCount read = client.Socket.Read(_buffer);
        if (read.WouldBlock)
        {
            return true;
        }

        _start = 0;
        _end = _target is null ? 0 : read.Bytes;
        if (_end > 0)
        {
            Write();
        }

        return read.Bytes > 0;
    }

    /// <summary>A client that gave input has ended it.</summary>
    /// <returns>True when its connection goes on for output: as in Docker, only if this ended the container's input too.</returns>
    public bool ClientEnded()
    {
        if (!closesOnce || _terminal)
        {
            return false;
        }

        _closing = true;
        if (IsIdle)
        {
            Close();
        }

        return true;
    }

    /// <summary>The end of the container's input.</summary>
    public void Close()
    {
        _start = _end = 0;
        if (!_terminal)
        {
            _target?.Dispose();
        }

        _target = null;
    }

    private void Write()
    {
        IoCount wrote = _target!.Write(_buffer.AsSpan(_start, _end - _start));
        if (wrote.Failed && !wrote.WouldBlock)
        {
            Close(); // nobody reads it any more: what comes is discarded
            return;
        }

        _start += wrote.Bytes;
        if (IsIdle && _closing)
        {
            Close();
        }
    }
}
