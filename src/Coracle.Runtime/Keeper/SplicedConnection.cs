using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A client of a held port and the container's end, joined: half-closes are passed on, an error of one ends both.</summary>
internal sealed class SplicedConnection : IDisposable
{
    /// <summary>To the container's port: the kernel of this machine answers at once, or nobody does.</summary>
    private const long ConnectLimit = 10_000;

    private readonly HeldPort _port;
    private readonly End _client;
    private readonly End _container;
    private readonly SpliceFlow _inward;
    private readonly SpliceFlow _outward;
    private bool _connected;

    /// <exception cref="LinuxException">No descriptors left; the sockets are still the caller's to close.</exception>
    public SplicedConnection(WatchSet watches, HeldPort port, Descriptor client, Descriptor container)
    {
        _port = port;
        _inward = new SpliceFlow();
        try
        {
            _outward = new SpliceFlow();
        }
        catch (LinuxException)
        {
            _inward.Dispose();
            throw;
        }

        InternetSocket.KeepAlive(client);
        _client = new End(watches, this);
        _container = new End(watches, this);
        try
        {
            _container.Begin(container, PollInterest.Write);
            _client.Begin(client, PollInterest.None);
            watches.Arm(_container, ConnectLimit);
        }
        catch (LinuxException)
        {
            Release();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_client.IsClosed)
        {
            Release();
            _port.Forget(this);
        }
    }

    private void Release()
    {
        _client.Dispose();
        _container.Dispose();
        _inward.Dispose();
        _outward.Dispose();
    }

    private void Serve()
    {
        if (!_connected && !TryFinishConnect())
        {
            return;
        }

        Descriptor client = _client.Socket!, container = _container.Socket!;
        _inward.Pump(client, container);
        _outward.Pump(container, client);
        if (_inward.Phase == FlowPhase.Broken || _outward.Phase == FlowPhase.Broken)
        {
            Fail();
        }
        else if (_inward.Phase == FlowPhase.Ended && _outward.Phase == FlowPhase.Ended)
        {
            Dispose();
        }
        else
        {
            _client.Watch(_inward.Phase == FlowPhase.Filling, _outward.Phase == FlowPhase.Draining);
            _container.Watch(_outward.Phase == FlowPhase.Filling, _inward.Phase == FlowPhase.Draining);
        }
    }

    private bool TryFinishConnect()
    {
        if (InternetSocket.PendingError(_container.Socket!) != Errno.None)
        {
            Fail();
            return false;
        }

        _connected = true;
        _container.Deadline = long.MaxValue;
        return true;
    }

    /// <summary>As the kernel would have told it: a reset, not the end of a stream that was all there.</summary>
    private void Fail()
    {
        _client.Reset();
        _container.Reset();
        Release();
        _port.Forget(this);
    }

    private sealed class End(WatchSet watches, SplicedConnection whole) : Watched(watches)
    {
        public void Begin(Descriptor socket, PollInterest interest) => Adopt(socket, interest);

        public void Watch(bool reading, bool writing) => Want((reading ? PollInterest.Read : 0) | (writing ? PollInterest.Write : 0));

        public void Reset()
        {
            if (Detach() is { } socket)
            {
                InternetSocket.Reset(socket);
            }
        }

        public override void Serve(bool canRead, bool canWrite) => whole.Serve();

        public override void Expire() => whole.Fail();
    }
}
