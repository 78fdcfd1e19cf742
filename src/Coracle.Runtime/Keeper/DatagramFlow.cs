using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>One client of a UDP port: a socket of its own to the container, so that the answers find their way back.</summary>
internal sealed class DatagramFlow : Watched
{
    /// <summary>Of silence; Docker's.</summary>
    private const long IdleLimit = 90_000;

    private const int MostAtOnce = 32;

    private readonly HeldPort _port;
    private readonly PortTraffic _traffic;

    /// <exception cref="LinuxException">It cannot be watched; the socket is closed.</exception>
    public DatagramFlow(WatchSet watches, HeldPort port, PortTraffic traffic, in InternetEndpoint client, Descriptor socket)
        : base(watches)
    {
        _port = port;
        _traffic = traffic;
        Client = client;
        LastUse = watches.Now;
        Adopt(socket, PollInterest.Read);
        watches.Arm(this, IdleLimit);
    }

    public InternetEndpoint Client { get; }

    /// <summary>Monotonic milliseconds.</summary>
    public long LastUse { get; private set; }

    /// <summary>From the client. What the container cannot take now is lost, as datagrams are.</summary>
    public void PassOn(ReadOnlySpan<byte> datagram)
    {
        LastUse = Watches.Now;
        _ = Socket!.Send(datagram, []);
    }

    public override void Serve(bool canRead, bool canWrite)
    {
        LastUse = Watches.Now;
        for (int i = 0; i < MostAtOnce; i++)
        {
            IoCount count = InternetSocket.ReceiveFrom(Socket!, _traffic.Buffer, out _);
            if (count.WouldBlock)
            {
                return;
            }

            if (!count.Failed)
            {
                _ = InternetSocket.SendTo(_port.Socket!, _traffic.Buffer.AsSpan(0, count.Bytes), Client);
            }
        }
    }

    public override void Expire()
    {
        long silent = Watches.Now - LastUse;
        if (silent >= IdleLimit)
        {
            Dispose();
        }
        else
        {
            Watches.Arm(this, IdleLimit - silent);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _port.Forget(this);
    }
}
