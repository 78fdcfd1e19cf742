using System.Net.Sockets;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Networking;

/// <summary>Makes one endpoint, step by step. What it has made is in the undo before it is asked for more.</summary>
internal sealed class EndpointMaker(RouteSocket host, RouteSocket inside, SafeFileHandle sandbox, Endpoint endpoint, Undo undo)
{
    /// <summary>Far more than a kernel takes for it under load: it batches the ends of namespaces, some tens of milliseconds each.</summary>
    private const long MostMillisecondsOfAnEnd = 5000;

    internal JoinedEndpoint Make()
    {
        string name = ChooseName();
        string? hostName = endpoint.Link switch
        {
            BridgePort port => MakePair(port, name),
            MacvlanLink macvlan => MakeMacvlan(macvlan, name),
            IpvlanLink ipvlan => MakeIpvlan(ipvlan, name),
            _ => throw new NotSupportedException(endpoint.Link.GetType().Name),
        };
        Configure(name);
        return new JoinedEndpoint(endpoint, name, hostName);
    }

    private string ChooseName()
    {
        if (endpoint.InterfaceName is { } given)
        {
            return InterfaceName.IsValid(given) ? given : throw new NetworkingException($"invalid interface name: {given}");
        }

        HashSet<string> taken = [];
        foreach (NetworkLink link in inside.Links())
        {
            taken.Add(link.Name);
        }

        return LinkNames.FirstFree(endpoint.InterfacePrefix, taken);
    }

    /// <summary>The pair is one message: its inner end appears in the sandbox with its name, and nothing is there when it is refused.</summary>
    private string MakePair(BridgePort port, string name)
    {
        string hostName = LinkNames.CreateVeth();
        while (host.TryFindLink(hostName) is not null)
        {
            hostName = LinkNames.CreateVeth();
        }

        bool needsHairpin = FiltersBridges(), isPlain = !port.IsIsolated && !needsHairpin;
        LinkIndex bridge = default;
        NetworkingException.Step($"bridge {port.Bridge} is not there", () => bridge = host.IndexOf(port.Bridge));
        NetworkingException.Step($"failed to add the host ({hostName}) <=> sandbox ({name}) pair interfaces", () => host.AddVethPair(
            new(hostName) { Mtu = endpoint.Mtu, Master = bridge, Up = isPlain },
            new(name) { Mtu = endpoint.Mtu, Mac = endpoint.Mac, Space = sandbox }));
        undo.Add(() => host.DeleteLinkIfPresent(hostName));
        LinkIndex link = default;
        NetworkingException.Step($"failed to mark interface {hostName}", () =>
        {
            link = host.IndexOf(hostName);
            host.SetAlias(link, new LinkMark(endpoint.Network, endpoint.Id).ToString());
        });
        if (!isPlain)
        {
            SetPort(link, hostName, new() { Isolated = port.IsIsolated, Hairpin = needsHairpin });
        }

        return hostName;
    }

    /// <summary>Up only afterwards: no frame passes a port that is not isolated yet.</summary>
    private void SetPort(LinkIndex link, string hostName, BridgePortOptions options)
    {
        NetworkingException.Step($"failed to set the bridge port {hostName}", () => host.SetBridgePort(link, options));
        if (options.Isolated == true)
        {
            CheckIsolation(link);
        }

        NetworkingException.Step($"failed to set interface {hostName} up", () => host.SetUp(link));
    }

    /// <summary>
    /// br_netfilter translates a frame where the bridge has it: what a container sends to its own published port is not routed then, but
    /// sent back by the port it came from, which takes that port's hairpin mode.
    /// </summary>
    private static bool FiltersBridges() => IsOne("bridge-nf-call-iptables") || IsOne("bridge-nf-call-ip6tables");

    private static bool IsOne(string setting) => NetworkSysctl.Of("bridge", setting).TryRead(null, out string? value) && value == "1";

    /// <summary>Linux before 4.18 ignores the order. There the firewall does it, if frames within a bridge come by its rules.</summary>
    private void CheckIsolation(LinkIndex link)
    {
        bool isFiltered = IsOne("bridge-nf-call-iptables") && IsOne("bridge-nf-call-ip6tables");
        if (!isFiltered && host.TryFindLink(link) is { IsIsolated: false })
        {
            throw new NetworkingException("this kernel can keep containers on a bridge apart (icc=false) neither by port isolation nor by br_netfilter");
        }
    }

    private string? MakeMacvlan(MacvlanLink macvlan, string name)
        => MakeOnParent(macvlan.Parent, "macvlan", name, (parent, made) => host.AddMacvlan(NewOnParent(made) with { Mac = endpoint.Mac }, parent, macvlan.Mode));

    private string? MakeIpvlan(IpvlanLink ipvlan, string name)
        => MakeOnParent(ipvlan.Parent, "ipvlan", name, (parent, made) => host.AddIpvlan(NewOnParent(made), parent, ipvlan.Mode));

    private NewLink NewOnParent(string name) => new(name) { Mtu = endpoint.Mtu, Space = sandbox };

    /// <summary>
    /// It gets its name in the sandbox: Linux 6.1 looks for the name of a new link in the namespace of whoever asks, and answers EEXIST where the host
    /// has an eth0 too, though the link is made in another (6.18 looks in that other one).
    /// </summary>
    private string? MakeOnParent(string parent, string kind, string name, Action<LinkIndex, string> make)
    {
        string made = LinkNames.CreateVeth();
        LinkIndex below = default;
        NetworkingException.Step($"error occurred looking up the {kind} parent iface {parent} error", () => below = host.IndexOf(parent)); // Docker's words
        NetworkingException.Step($"failed to create the {kind} port", () => make(below, made));
        undo.Add(() => inside.DeleteLinkIfPresent(made));
        NetworkingException.Step($"failed to rename link {made} to {name}", () => inside.Rename(inside.IndexOf(made), name));
        undo.Add(() => inside.DeleteLinkIfPresent(name));
        return null;
    }

    private void Configure(string name)
    {
        LinkIndex link = default;
        NetworkingException.Step($"failed to get link by name \"{name}\"", () => link = inside.IndexOf(name));
        WriteSettings(name);
        foreach (SandboxAddress address in endpoint.Addresses)
        {
            NetworkingException.Step($"error setting interface \"{name}\" IP to {address}", () => inside.AddAddress(
                new(link, address.Address, address.PrefixLength) { SkipsDetection = address.Address.AddressFamily == AddressFamily.InterNetworkV6 }));
        }

        NetworkingException.Step($"failed to set link up ({name})", () => SetUp(link));
        foreach (SandboxRoute route in endpoint.Routes)
        {
            NetworkingException.Step($"error adding route to {route.Destination} on interface {name}", () => inside.AddRoute(
                new(route.Destination) { Gateway = route.NextHop, Link = link }));
        }
    }

    /// <summary>
    /// The kernel takes a namespace that has ended apart when it comes to it. As long as that takes, its macvlan has its MAC address on the parent,
    /// and a new container with the old one's IP address, hence MAC address, gets EADDRINUSE.
    /// </summary>
    private void SetUp(LinkIndex link)
    {
        for (long start = Environment.TickCount64; ;)
        {
            try
            {
                inside.SetUp(link);
                return;
            }
            catch (LinuxException taken) when (taken.Errno == Errno.EADDRINUSE && Environment.TickCount64 - start < MostMillisecondsOfAnEnd)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>While it is down: it is to have no IPv6 address of its own accord, and to announce itself when it goes up.</summary>
    private void WriteSettings(string name)
    {
        List<(NetworkSysctl, string)> settings = [(NetworkSysctl.OfLink("ipv4", name, "arp_notify"), "1")];
        NetworkSysctl disabled = NetworkSysctl.OfLink("ipv6", name, "disable_ipv6");
        if (disabled.TryRead(sandbox, out _)) // or the kernel has no IPv6 at all
        {
            bool isWanted = endpoint.Has(isIPv6: true);
            settings.Add((disabled, isWanted ? "0" : "1"));
            if (isWanted)
            {
                settings.Add((NetworkSysctl.OfLink("ipv6", name, "ndisc_notify"), "1"));
            }
        }

        foreach (InterfaceSetting setting in endpoint.Settings)
        {
            settings.Add((setting.On(name), setting.Value));
        }

        NetworkingException.Step($"failed to configure interface {name}", () => NetworkSysctl.WriteAll(sandbox, settings.ToArray()));
    }
}
