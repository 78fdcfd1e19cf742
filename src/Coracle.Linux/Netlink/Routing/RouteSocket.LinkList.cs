namespace Coracle.Linux;

// Which interfaces there are.
public sealed partial class RouteSocket
{
    /// <summary>All of the namespace, in the order of their numbers, with statistics.</summary>
    public List<NetworkLink> Links()
    {
        Begin(Abi.RTM_GETLINK, NetlinkFlags.Dump, default(ifinfomsg));
        return [.. _socket.Ask(_writer, NetworkLink.Parse, "RTM_GETLINK", "all").OrderBy(link => link.Index.Value)];
    }

    /// <returns>Null when there is none of that name.</returns>
    public NetworkLink? TryFindLink(string name)
    {
        if (!InterfaceName.IsValid(name))
        {
            return null;
        }

        Begin(Abi.RTM_GETLINK, NetlinkFlags.Acknowledge, default(ifinfomsg));
        _writer.Text(Abi.IFLA_IFNAME, name);
        return TryFind(name);
    }

    /// <returns>Null when there is none of that number.</returns>
    public NetworkLink? TryFindLink(LinkIndex index)
    {
        if (index.Value <= 0)
        {
            return null;
        }

        Begin(Abi.RTM_GETLINK, NetlinkFlags.Acknowledge, new ifinfomsg { ifi_index = index.Value });
        return TryFind(index.ToString());
    }

    /// <exception cref="LinuxException">ENODEV when there is none of that name.</exception>
    public LinkIndex IndexOf(string name)
        => TryFindLink(name)?.Index ?? throw new LinuxException("RTM_GETLINK", name, Errno.ENODEV);

    private NetworkLink? TryFind(string subject)
    {
        List<NetworkLink> found = [];
        NetlinkResult result = _socket.TryAsk(_writer, NetworkLink.Parse, found);
        if (result.Errno == Errno.ENODEV)
        {
            return null;
        }

        result.ThrowIfFailed("RTM_GETLINK", subject);
        return found.Count > 0 ? found[0] : null;
    }
}
