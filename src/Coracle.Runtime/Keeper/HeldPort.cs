using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>One port of the host, held by a bound socket; what arrives at the socket itself is passed on to the container, or turned away.</summary>
internal sealed class HeldPort : Watched
{
    /// <summary>Clients of one UDP port at once; the one that was silent longest makes room.</summary>
    private const int MostFlows = 128;

    /// <summary>Datagrams or connections for one event: others are to have their turn.</summary>
    private const int MostAtOnce = 32;

    /// <summary>When there are no descriptors left, before the next attempt.</summary>
    private const long Breath = 100;

    private readonly PortTraffic _traffic;

    // Made when there is one: of a thousand ports hardly any has.
    private List<SplicedConnection>? _connections;
    private List<DatagramFlow>? _flows;

    /// <param name="given">A socket that is bound already; null: one is made.</param>
    /// <exception cref="LinuxException">EADDRINUSE and the like; of what was given EINVAL, when it is not what the hold says.</exception>
    public HeldPort(WatchSet watches, PortTraffic traffic, in PortHold hold, Descriptor? given)
        : base(watches)
    {
        _traffic = traffic;
        Descriptor socket = given ?? InternetSocket.Hold(hold.Protocol, hold.At);
        bool isUdp = hold.Protocol == TransportProtocol.Udp;
        if (!InternetSocket.TryDescribe(socket, out bool isDatagram, out InternetEndpoint at) || isDatagram != isUdp)
        {
            socket.Dispose();
            throw new LinuxException("hold", "port", Errno.EINVAL);
        }

        Hold = hold.On(at.Port);
        socket.SetNonBlocking();
        if (hold.Protocol == TransportProtocol.Sctp || (isUdp && hold.Target.Length == 0))
        {
            // There is no splice for SCTP. Nobody reads it: it only is there.
            InternetSocket.ShrinkReceiveBuffer(socket);
            HoldOnly(socket);
        }
        else
        {
            Adopt(socket, PollInterest.Read);
        }
    }

    /// <summary>With the port that it got.</summary>
    public PortHold Hold { get; }

    public override void Serve(bool canRead, bool canWrite)
    {
        if (Hold.Protocol == TransportProtocol.Udp)
        {
            PassDatagrams();
        }
        else
        {
            TakeConnections();
        }
    }

    public override void Expire() => Want(PollInterest.Read);

    public void Forget(SplicedConnection ended)
    {
        _ = _connections!.Remove(ended);
        _traffic.Connections--;
    }

    public void Forget(DatagramFlow ended) => _ = _flows!.Remove(ended);

    /// <summary>With all that was spliced through it.</summary>
    public override void Dispose()
    {
        while (_connections?.Count > 0)
        {
            _connections[^1].Dispose();
        }

        while (_flows?.Count > 0)
        {
            _flows[^1].Dispose();
        }

        base.Dispose();
    }

    private void TakeConnections()
    {
        for (int i = 0; i < MostAtOnce; i++)
        {
            Descriptor? client = InternetSocket.TryAccept(Socket!, out Errno errno);
            if (client is null)
            {
                if (errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM)
                {
                    Want(PollInterest.None);
                    Watches.Arm(this, Breath);
                }

                return;
            }

            Join(client);
        }
    }

    private void Join(Descriptor client)
    {
        Descriptor? container = Hold.Target.Length == 0 || _traffic.Connections >= PortTraffic.MostConnections
            ? null
            : InternetSocket.TryConnect(TransportProtocol.Tcp, Hold.Target, out _);
        if (container is null)
        {
            InternetSocket.Reset(client);
            return;
        }

        try
        {
            (_connections ??= []).Add(new SplicedConnection(Watches, this, client, container));
            _traffic.Connections++;
        }
        catch (LinuxException)
        {
            client.Dispose(); // no descriptors left for its pipes
            container.Dispose();
        }
    }

    private void PassDatagrams()
    {
        for (int i = 0; i < MostAtOnce; i++)
        {
            IoCount count = InternetSocket.ReceiveFrom(Socket!, _traffic.Buffer, out InternetEndpoint from);
            if (count.WouldBlock)
            {
                return;
            }

            // A failure is an ICMP error that an earlier datagram earned: the next call goes on.
            if (!count.Failed && FlowOf(from) is { } flow)
            {
                flow.PassOn(_traffic.Buffer.AsSpan(0, count.Bytes));
            }
        }
    }

    private DatagramFlow? FlowOf(in InternetEndpoint client)
    {
        _flows ??= [];
        DatagramFlow? oldest = null;
        for (int i = 0; i < _flows.Count; i++)
        {
            if (_flows[i].Client == client)
            {
                return _flows[i];
            }

            oldest = oldest is null || _flows[i].LastUse < oldest.LastUse ? _flows[i] : oldest;
        }

        if (_flows.Count == MostFlows)
        {
            oldest!.Dispose();
        }

        if (InternetSocket.TryConnect(TransportProtocol.Udp, Hold.Target, out _) is not { } socket)
        {
            return null;
        }

        try
        {
            var flow = new DatagramFlow(Watches, this, _traffic, client, socket);
            _flows.Add(flow);
            return flow;
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}

/// <summary>What all held ports share.</summary>
internal sealed class PortTraffic(byte[] buffer)
{
    /// <summary>Of all ports; each has six descriptors. Only what the kernel cannot translate comes this way.</summary>
    public const int MostConnections = 1024;

    public int Connections { get; set; }

    /// <summary>For one datagram at a time: 64 KiB.</summary>
    public byte[] Buffer { get; } = buffer;
}
