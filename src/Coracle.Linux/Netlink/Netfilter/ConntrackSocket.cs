using System.Net;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Which connections are meant: all that is said must hold. Nothing said is refused, since it would mean every connection of the host.</summary>
public sealed record ConnectionFilter
{
    /// <summary>IPPROTO_…; 0 for all.</summary>
    public int Protocol { get; init; }

    /// <summary>At either end, before or after translation: a container's address that goes to another one.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Where the first packet was sent: the host's side of a published port.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>Where the first packet was sent; 0 for all.</summary>
    public int DestinationPort { get; init; }

    internal bool IsEmpty => Address is null && Destination is null && DestinationPort == 0;

    internal bool Matches(TrackedConnection connection)
    {
        ConnectionTuple original = connection.Original, reply = connection.Reply;
        return (Protocol == 0 || original.Protocol == Protocol)
            && (DestinationPort == 0 || original.DestinationPort == DestinationPort)
            && (Destination is null || original.Destination.Equals(Destination))
            && (Address is null || original.Source.Equals(Address) || original.Destination.Equals(Address)
                || reply.Source.Equals(Address) || reply.Destination.Equals(Address));
    }
}

/// <summary>The connections that one network namespace tracks (ctnetlink). For one thread at a time.</summary>
public sealed class ConntrackSocket : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly NetlinkWriter _writer = new();

    private ConntrackSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Of the calling thread's network namespace.</summary>
    public static ConntrackSocket Open() => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter));

    /// <inheritdoc cref="NetlinkSocket.OpenIn"/>
    public static ConntrackSocket OpenIn(SafeFileHandle space) => new(NetlinkSocket.OpenIn(space, NetlinkProtocol.Netfilter));

    public void Dispose() => _socket.Dispose();

    /// <summary>Of both families. The kernel is asked for all it has; only those that match are kept.</summary>
    /// <exception cref="LinuxException">EINVAL on a kernel without ctnetlink.</exception>
    public List<TrackedConnection> Find(ConnectionFilter filter)
    {
        _writer.Clear();
        _writer.BeginNetfilter(Abi.NFNL_SUBSYS_CTNETLINK, Abi.IPCTNL_MSG_CT_GET, NetlinkFlags.Dump, Abi.AF_UNSPEC);
        return _socket.Ask(_writer, (in NetlinkMessage message) => Wanted(message, filter), "IPCTNL_MSG_CT_GET", "all");
    }

    /// <summary>
    /// Makes the kernel decide anew about each packet of these connections. A UDP client that does not stop sending would otherwise
    /// reach the container before the last one for ever, since its entry never times out.
    /// </summary>
    /// <returns>How many there were.</returns>
    public int Forget(ConnectionFilter filter)
    {
        if (filter.IsEmpty)
        {
            throw new LinuxException("IPCTNL_MSG_CT_DELETE", "all connections", Errno.EINVAL);
        }

        int forgotten = 0;
        foreach (TrackedConnection connection in Find(filter))
        {
            _writer.Clear();
            connection.WriteDelete(_writer);
            NetlinkResult result = _socket.TrySend(_writer);
            if (result.Errno == Errno.ENOENT)
            {
                continue; // it ended by itself meanwhile
            }

            result.ThrowIfFailed("IPCTNL_MSG_CT_DELETE", connection.Original.ToString());
            forgotten++;
        }

        return forgotten;
    }

    private static TrackedConnection? Wanted(in NetlinkMessage message, ConnectionFilter filter)
        => TrackedConnection.Parse(message) is { } connection && filter.Matches(connection) ? connection : null;
}
