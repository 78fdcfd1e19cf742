using System.Net;

namespace Coracle.Linux;

// Who is on a link, and for whom we answer there.
public sealed partial class RouteSocket
{
    /// <param name="link">None: of all interfaces.</param>
    public List<Neighbour> Neighbours(LinkIndex link) => Neighbours(link, isProxy: false);

    /// <summary>The addresses we answer for.</summary>
    public List<Neighbour> NeighbourProxies(LinkIndex link) => Neighbours(link, isProxy: true);

    /// <summary>Answers for an address that is elsewhere. The interface's proxy_arp or proxy_ndp says whether that is done. Twice is once.</summary>
    public void AddNeighbourProxy(LinkIndex link, IPAddress address)
    {
        WriteNeighbour(Abi.RTM_NEWNEIGH, NetlinkFlags.Create | NetlinkFlags.Replace | NetlinkFlags.Acknowledge, link, address, Abi.NTF_PROXY);
        Send("RTM_NEWNEIGH", $"proxy {address} on {link}");
    }

    /// <returns>False when there was none, or the interface is gone.</returns>
    public bool RemoveNeighbourProxyIfPresent(LinkIndex link, IPAddress address)
    {
        WriteNeighbour(Abi.RTM_DELNEIGH, NetlinkFlags.Acknowledge, link, address, Abi.NTF_PROXY);
        return SendUnless("RTM_DELNEIGH", $"proxy {address} on {link}", Errno.ENOENT, Errno.ENODEV);
    }

    /// <summary>Forgets who has an address, so that the next packet asks again.</summary>
    /// <returns>False when nobody was known.</returns>
    public bool RemoveNeighbourIfPresent(LinkIndex link, IPAddress address)
    {
        WriteNeighbour(Abi.RTM_DELNEIGH, NetlinkFlags.Acknowledge, link, address, 0);
        return SendUnless("RTM_DELNEIGH", $"{address} on {link}", Errno.ENOENT, Errno.ENODEV);
    }

    private List<Neighbour> Neighbours(LinkIndex link, bool isProxy)
    {
        Begin(Abi.RTM_GETNEIGH, NetlinkFlags.Dump, new ndmsg { ndm_flags = isProxy ? (byte)Abi.NTF_PROXY : (byte)0 });
        List<Neighbour> neighbours = _socket.Ask(_writer, Neighbour.Parse, "RTM_GETNEIGH", "all");
        neighbours.RemoveAll(neighbour => neighbour.IsProxy != isProxy || (!link.IsNone && neighbour.Link != link));
        return neighbours;
    }

    private void WriteNeighbour(int type, NetlinkFlags flags, LinkIndex link, IPAddress address, int kind)
    {
        Begin(type, flags, new ndmsg { ndm_family = FamilyOf(address), ndm_ifindex = link.Value, ndm_flags = (byte)kind });
        Attribute(Abi.NDA_DST, address);
    }
}
