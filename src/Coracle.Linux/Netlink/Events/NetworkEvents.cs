using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>What to listen to.</summary>
[Flags]
public enum NetworkEventKinds
{
    None = 0,
    Links = 1,
    Addresses = 2,
    Routes = 4,
    Firewall = 8,
    Devices = 16,
}

/// <summary>
/// What happens to the network namespace in which this was opened, as a stream for one reader. One thread, which sleeps in the kernel;
/// it ends with <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// At most <see cref="Capacity"/> events wait for the reader; what comes beyond is thrown away, and <see cref="EventsLost"/> stands in its
/// place. The stream begins when <see cref="Open"/> returns: who looks at the state after that misses nothing.
/// </remarks>
public sealed class NetworkEvents : IDisposable
{
    public const int Capacity = 256;

    /// <summary>The kernel's own events; group 2 is udev's.</summary>
    private const int KernelGroup = 1;

    private readonly Channel<NetworkEvent> _events = Channel.CreateBounded<NetworkEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    private readonly List<(NetlinkSocket Socket, NetlinkProtocol Protocol)> _sockets = [];
    private readonly string? _table;
    private readonly Descriptor _wake;
    private readonly Descriptor _end;
    private readonly Thread _thread;
    private bool _lost;

    private NetworkEvents(string? table)
    {
        _table = table;
        Descriptor.CreatePipe(out _wake, out _end);
        _thread = new Thread(Listen) { IsBackground = true, Name = "network" };
    }

    /// <param name="table">Of the firewall only what concerns tables of this name; null for all.</param>
    /// <param name="space">Another network namespace; null for the calling thread's.</param>
    public static NetworkEvents Open(NetworkEventKinds kinds, string? table = null, SafeFileHandle? space = null)
    {
        var events = new NetworkEvents(table);
        try
        {
            const NetworkEventKinds Routing = NetworkEventKinds.Links | NetworkEventKinds.Addresses | NetworkEventKinds.Routes;
            events.Join(kinds & Routing, NetlinkProtocol.Route, space);
            events.Join(kinds & NetworkEventKinds.Firewall, NetlinkProtocol.Netfilter, space);
            events.Join(kinds & NetworkEventKinds.Devices, NetlinkProtocol.KernelEvents, space);
        }
        catch
        {
            events.Close();
            throw;
        }

        events._thread.Start();
        return events;
    }

    /// <summary>The next one, whenever it comes.</summary>
    /// <exception cref="ChannelClosedException">This is disposed of, or the kernel closed the stream: its inner exception says.</exception>
    public ValueTask<NetworkEvent> NextAsync(CancellationToken cancellationToken) => _events.Reader.ReadAsync(cancellationToken);

    /// <summary>Ends the stream and waits for its thread, which wakes at once.</summary>
    public void Dispose()
    {
        _end.Dispose(); // the other end of the pipe is readable now
        _thread.Join();
        Close();
    }

    private static ReadOnlySpan<int> GroupsOf(NetworkEventKinds kind) => kind switch
    {
        NetworkEventKinds.Links => [Abi.RTNLGRP_LINK],
        NetworkEventKinds.Addresses => [Abi.RTNLGRP_IPV4_IFADDR, Abi.RTNLGRP_IPV6_IFADDR],
        NetworkEventKinds.Routes => [Abi.RTNLGRP_IPV4_ROUTE, Abi.RTNLGRP_IPV6_ROUTE],
        NetworkEventKinds.Firewall => [Abi.NFNLGRP_NFTABLES],
        NetworkEventKinds.Devices => [KernelGroup],
        _ => [],
    };

    private void Join(NetworkEventKinds kinds, NetlinkProtocol protocol, SafeFileHandle? space)
    {
        if (kinds == NetworkEventKinds.None)
        {
            return;
        }

        NetlinkSocket socket = space is null ? NetlinkSocket.Open(protocol) : NetlinkSocket.OpenIn(space, protocol);
        _sockets.Add((socket, protocol));
        for (int bit = 1; bit <= (int)NetworkEventKinds.Devices; bit <<= 1)
        {
            foreach (int group in GroupsOf(kinds & (NetworkEventKinds)bit))
            {
                socket.Join(group);
            }
        }
    }

    private void Listen()
    {
        var poller = new Poller(_sockets.Count + 1);
        try
        {
            while (Poll(poller))
            {
                foreach ((NetlinkSocket socket, NetlinkProtocol protocol) in _sockets)
                {
                    Read(socket, protocol);
                }
            }

            _events.Writer.Complete();
        }
        catch (LinuxException broken)
        {
            _events.Writer.Complete(broken);
        }
    }

    /// <returns>False when it is the end.</returns>
    private bool Poll(Poller poller)
    {
        poller.Clear();
        int wake = poller.Add(_wake, PollInterest.Read);
        foreach ((NetlinkSocket socket, _) in _sockets)
        {
            poller.Add(socket.Handle, PollInterest.Read);
        }

        poller.Wait(-1);
        return !poller.CanRead(wake);
    }

    private void Read(NetlinkSocket socket, NetlinkProtocol protocol)
    {
        try
        {
            while (socket.TryReceive(out ReadOnlySpan<byte> datagram))
            {
                if (protocol == NetlinkProtocol.KernelEvents)
                {
                    Tell(new DeviceChanged(DeviceEvent.Parse(datagram)));
                    continue;
                }

                var reader = new NetlinkReader(datagram);
                while (reader.TryRead(out NetlinkMessage message))
                {
                    Tell(protocol == NetlinkProtocol.Route ? NetworkEventParser.Route(message) : NetworkEventParser.Firewall(message, _table));
                }
            }
        }
        catch (LinuxException lost) when (lost.Errno is Errno.ENOBUFS or Errno.EBADMSG)
        {
            _lost = true;
            Tell(new EventsLost());
        }
    }

    private void Tell(NetworkEvent? happened)
    {
        if (happened is null)
        {
            return;
        }

        // What was lost is told before what comes after it; as long as there is no room for that, there is none for anything.
        if (_lost && happened is not EventsLost)
        {
            _lost = !_events.Writer.TryWrite(new EventsLost());
        }

        if (_lost && happened is not EventsLost)
        {
            return;
        }

        _lost = !_events.Writer.TryWrite(happened);
    }

    private void Close()
    {
        foreach ((NetlinkSocket socket, _) in _sockets)
        {
            socket.Dispose();
        }

        _wake.Dispose();
        _end.Dispose();
    }
}
